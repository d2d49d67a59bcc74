package placement

// network is a flow network with costs: successive shortest paths, each as wide as its
// narrowest edge. Every path saturates an edge, so that the number of paths goes with the
// size of the network, not with the number of people.
type network struct {
	first []int // by node: its newest edge, -1 for none
	edges []edge
}

// edge leads to a node; edge i^1 leads back.
type edge struct {
	to, next   int
	room, cost int
}

func newNetwork(nodes int) *network {
	n := &network{first: make([]int, nodes)}
	for i := range n.first {
		n.first[i] = -1
	}
	return n
}

// edge adds one that so many may pass, and returns its index.
func (n *network) edge(from, to, room, cost int) int {
	n.edges = append(n.edges, edge{to, n.first[from], room, cost}, edge{from, n.first[to], 0, -cost})
	n.first[from], n.first[to] = len(n.edges)-2, len(n.edges)-1
	return len(n.edges) - 2
}

// flow is how many pass an edge.
func (n *network) flow(i int) int { return n.edges[i^1].room }

// fill lets as many pass from source to sink as can, at the least cost.
func (n *network) fill(source, sink int) {
	for {
		by, ok := n.cheapest(source, sink)
		if !ok {
			return
		}
		wide := -1
		for at := sink; at != source; at = n.edges[by[at]^1].to {
			if room := n.edges[by[at]].room; wide < 0 || room < wide {
				wide = room
			}
		}
		for at := sink; at != source; at = n.edges[by[at]^1].to {
			n.edges[by[at]].room -= wide
			n.edges[by[at]^1].room += wide
		}
	}
}

// cheapest finds the cheapest path that still has room (Bellman and Ford, with a queue), as
// the edge by which each node is reached.
func (n *network) cheapest(source, sink int) (by []int, ok bool) {
	const far = int(^uint(0) >> 2)
	cost, waits := make([]int, len(n.first)), make([]bool, len(n.first))
	by = make([]int, len(n.first))
	for i := range cost {
		cost[i], by[i] = far, -1
	}
	cost[source] = 0
	for queue := []int{source}; len(queue) > 0; {
		at := queue[0]
		queue = queue[1:]
		waits[at] = false
		for i := n.first[at]; i >= 0; i = n.edges[i].next {
			e := &n.edges[i]
			if e.room == 0 || cost[at]+e.cost >= cost[e.to] {
				continue
			}
			cost[e.to], by[e.to] = cost[at]+e.cost, i
			if !waits[e.to] {
				waits[e.to] = true
				queue = append(queue, e.to)
			}
		}
	}
	return by, cost[sink] < far
}
