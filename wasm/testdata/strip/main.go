// Package main does what needs Go's tables at run time: growing and scanning
// stacks, recovering from panics in every way they are deferred, interfaces,
// maps, goroutines and reflection.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
)

type saver interface{ save() }

type inner struct{ out *[]string }

func (i inner) save() {
	if x := recover(); x != nil {
		*i.out = append(*i.out, fmt.Sprint("saved ", x))
	}
}

// outer gets save by a method the compiler makes, which is a wrapper.
type outer struct{ *inner }

func tree(depth int, keep []*[64]int) int {
	if depth == 0 {
		runtime.GC()
		return len(keep)
	}
	var local [64]int
	local[depth%64] = depth
	mine := &[64]int{depth}
	n := tree(depth-1, append(keep, mine))
	if mine[0] != depth || local[depth%64] != depth {
		panic("the stack was moved wrongly")
	}
	return n
}

func deferred(s saver, how func()) {
	defer s.save()
	how()
}

func main() {
	var out []string
	deferred(inner{&out}, func() { panic("by value") })
	deferred(outer{&inner{&out}}, func() { var m map[string]int; m["x"] = 1 })
	deferred(&outer{&inner{&out}}, func() { var p *inner; p.save() })
	func() {
		defer func() { out = append(out, fmt.Sprint(recover())) }()
		var list []int
		_ = list[len(os.Args)+5]
	}()
	func() {
		defer func() { out = append(out, fmt.Sprint(recover())) }()
		var any interface{} = 3
		_ = any.(saver)
	}()
	done := make(chan int)
	for k := range 20 {
		go func() { done <- tree(100*k, nil) }()
	}
	sum := 0
	for range 20 {
		sum += <-done
	}
	words := map[string][]string{}
	for k := range 20000 {
		words[fmt.Sprint(k%977)] = append(words[fmt.Sprint(k%977)], strings.Repeat("x", k%13))
	}
	keys := make([]string, 0, len(words))
	for k := range words {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out = append(out, fmt.Sprint(sum, len(keys), keys[3], errors.Is(fmt.Errorf("%w", os.ErrClosed), os.ErrClosed)))
	for _, line := range out {
		fmt.Println(line)
	}
}
