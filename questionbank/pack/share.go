package pack

import (
	"fmt"
	"slices"

	"filippo.io/age"
)

// Share is what one key-holder gives towards an opening by hand at two places: the release
// key, out of their own lock and still in the other's. Whoever carries it can read nothing.
type Share struct {
	From string `json:"from"` // key-holder who gave it
	To   string `json:"to"`   // key-holder who can open it
	Key  []byte `json:"key"`  // age file
}

// Shares are the parts that a key-holder can give to the others, on an occasion on which
// the pack may be opened. Each pair's key was locked by one and then by the other, so that
// it is the earlier named of the two who gives.
func (p *Pack) Shares(o Occasion, with ...age.Identity) ([]Share, error) {
	if err := p.May(o); err != nil {
		return nil, err
	}
	var shares []Share
	for i, pair := range pairs {
		from, to := p.Holders[pair[0]], p.Holders[pair[1]]
		at := slices.IndexFunc(with, func(id age.Identity) bool { return recipientOf(id) == from.Recipient })
		if at < 0 {
			continue
		}
		key, err := decrypt(p.parts[partNames[2+i]], with[at])
		if err != nil {
			return nil, fmt.Errorf("part %s: %w", partNames[2+i], err)
		}
		shares = append(shares, Share{from.Name, to.Name, key})
	}
	if len(shares) == 0 {
		return nil, fmt.Errorf("no identity here can give a part: %w; let %s or %s begin, and complete it with yours", NoKey, p.Holders[0].Name, p.Holders[1].Name)
	}
	return shares, nil
}

// Complete opens the pack with a share and the identity that it is for.
func (p *Pack) Complete(o Occasion, shares []Share, with ...age.Identity) (*Contents, Opening, error) {
	if err := p.May(o); err != nil {
		return nil, Opening{}, err
	}
	for _, s := range shares {
		for _, h := range p.Holders {
			at := slices.IndexFunc(with, func(id age.Identity) bool { return recipientOf(id) == h.Recipient })
			if at < 0 || h.Name != s.To || h.Name == s.From {
				continue
			}
			c, err := p.unlock(s.Key, with[at])
			if err != nil {
				return nil, Opening{}, fmt.Errorf("the part that %s gave: %w", s.From, err)
			}
			return c, Opening{Holders: []string{s.From, s.To}}, nil
		}
	}
	return nil, Opening{}, fmt.Errorf("no part was given to any identity here: %w", NoKey)
}
