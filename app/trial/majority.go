package trial

import (
	"slices"
)

// elected holds for each key the value that won; -1 where none stood.
type elected []int32

func (e elected) of(key int32) int32 {
	if int(key) < len(e) {
		return e[key]
	}
	return -1
}

// majority gives each key the value most of its rows have, the first of equals.
func majority(sources []source, of func(source) (key, value int32)) elected {
	return heaviest(sources, of, func(source) int { return 1 })
}

// heaviest gives each key the value whose rows have the largest sum of weights,
// the first of equals. Nearly every key has one value only, so only others are
// looked up.
func heaviest(sources []source, of func(source) (key, value int32), weight func(source) int) elected {
	type pair struct{ key, value int32 }
	var first elected
	var sum []int // of the first value of each key
	others := map[pair]int{}
	for i := range sources {
		s := &sources[i]
		if s.out {
			continue
		}
		k, v := of(*s)
		for int(k) >= len(first) {
			first, sum = append(first, -1), append(sum, 0)
		}
		switch {
		case first[k] == v:
			sum[k] += weight(*s)
		case first[k] < 0:
			first[k], sum[k] = v, weight(*s)
		default:
			others[pair{k, v}] += weight(*s)
		}
	}
	if len(others) == 0 {
		return first
	}
	best := slices.Clone(first)
	for _, s := range sources { // in order of rows, so that ties do not depend on a map
		if s.out {
			continue
		}
		if k, v := of(s); v != first[k] {
			if n := others[pair{k, v}]; n > sum[k] {
				best[k], sum[k] = v, n
			}
		}
	}
	return best
}

// count is how often a value occurs.
func count(list []int32, value int32) (n int) {
	for _, v := range list {
		if v == value {
			n++
		}
	}
	return n
}

// numbering gives codes new numbers in order of first appearance.
type numbering struct{ plusOne []int32 }

// of is the number of a code, next for one not seen before.
func (n *numbering) of(code int32, next int) (number int32, seen bool) {
	for int(code) >= len(n.plusOne) {
		n.plusOne = append(n.plusOne, 0)
	}
	at := &n.plusOne[code]
	if *at == 0 {
		*at = int32(next) + 1
		return int32(next), false
	}
	return *at - 1, true
}
