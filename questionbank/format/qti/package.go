package qti

import (
	"net/url"
	"strings"

	"terang/questionbank/format/draft"
)

const manifest = "imsmanifest.xml"

// archive reads a package: the manifest says which files are items.
func (in *reader) archive(f draft.File) {
	at := draft.Place{File: f.Name}
	entries, err := draft.Unzip(f.Data)
	if err != nil {
		in.Fault(at, "export the package again", "%v", err)
		return
	}
	name, ok := findManifest(entries)
	if !ok {
		in.Fault(at, "export it as a QTI package", "the archive has no %s at its root, nor in its only folder", manifest)
		return
	}
	at.File = f.Name + "/" + name
	root, line, err := draft.ParseXML(entries[name])
	at.Line = line
	if err != nil {
		in.Fault(at, "export the package again", "%v", err)
		return
	}
	if local(root.Name) != "manifest" {
		in.Fault(at, "export the package again", "the manifest begins with <%s>", root.Name)
		return
	}
	p := &pack{in, f.Name, entries, 0}
	from := based(root, name)
	for _, list := range root.Kids {
		if local(list.Name) != "resources" {
			continue
		}
		for _, n := range list.Kids {
			if local(n.Name) == "resource" {
				p.resource(draft.Place{File: at.File, Line: n.Line}, n, based(n, based(list, from)))
			}
		}
	}
	if p.items == 0 && len(in.Faults) == 0 {
		in.Fault(at, "export it as a QTI package", "the manifest names no item")
	}
}

// pack is a package that is being read.
type pack struct {
	*reader
	file    string
	entries map[string][]byte
	items   int
}

// findManifest looks at the root, and where there is only one folder, in it.
func findManifest(entries map[string][]byte) (string, bool) {
	if _, ok := entries[manifest]; ok {
		return manifest, true
	}
	folder := ""
	for name := range entries {
		first, _, deep := strings.Cut(name, "/")
		if first == "__MACOSX" {
			continue
		}
		if !deep || folder != "" && folder != first {
			return "", false
		}
		folder = first
	}
	_, ok := entries[folder+"/"+manifest]
	return folder + "/" + manifest, ok
}

// based is the path that references in n are relative to: xml:base is a folder.
func based(n *draft.Node, from string) string {
	base := attr(n, "base")
	if base == "" {
		return from
	}
	if p, ok := draft.Resolve(from, strings.TrimSuffix(base, "/")+"/x"); ok {
		return p
	}
	return from
}

func (p *pack) resource(at draft.Place, n *draft.Node, from string) {
	kind := strings.ToLower(attr(n, "type"))
	switch {
	case strings.Contains(kind, "v1p2") && strings.Contains(kind, "qti") && strings.Contains(kind, "imscc"):
		p.Fault(at, "export it as QTI 2.1 or later", "the resource %q is QTI 1.2, which is not read", attr(n, "identifier"))
		return
	case strings.Contains(kind, "test") || strings.Contains(kind, "section"):
		p.Warn(at, "make a blueprint instead", "the resource %q is a test: its order and sections are not taken", attr(n, "identifier"))
		return
	case !strings.Contains(kind, "item"):
		return // pictures, style sheets and stimuli, which items name if they use them
	}
	p.items++
	ref := attr(n, "href")
	if u, err := url.PathUnescape(ref); err == nil {
		ref = u
	}
	name, ok := draft.Resolve(from, ref)
	data, found := p.entries[name]
	if !ok {
		p.Fault(at, "export the package again", "the resource %q names %q, which leads out of the archive", attr(n, "identifier"), attr(n, "href"))
		return
	}
	if !found {
		p.Fault(at, "export the package again", "the resource %q names the file %q, which is not in the archive", attr(n, "identifier"), attr(n, "href"))
		return
	}
	p.reader.file(draft.Place{File: p.file + "/" + name}, name, data, p.entries, keywords(child(n, "metadata")))
}

// keywords are those of the LOM metadata, and its difficulty.
func keywords(n *draft.Node) []string {
	if n == nil {
		return nil
	}
	var tags []string
	each(n, "keyword", func(k *draft.Node) {
		for _, s := range k.Kids {
			if t := strings.TrimSpace(s.Content()); t != "" {
				tags = append(tags, t)
			}
		}
	})
	each(n, "difficulty", func(k *draft.Node) {
		v := child(k, "value")
		if v == nil {
			v = k
		}
		if t := strings.TrimPrefix(strings.TrimSpace(v.Content()), "very "); t != "" {
			tags = append(tags, t)
		}
	})
	return tags
}
