package state

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// TestFormTexts holds how fields are read to the expressions that say it.
func TestFormTexts(t *testing.T) {
	line := regexp.MustCompile(`^(.*\S)\s+(from|above)\s+([-−]?[0-9.,]+)$`)
	name := regexp.MustCompile(`^[a-z0-9_]+$`)
	pieces := strings.Split("low|from|above|From| |  |\t|\v|\u00a0|-|−|0|8|1.5|2,5|_|a|å|\xff| from | above | from 3", "|")
	rng := rand.New(rand.NewPCG(5, 9))
	fits := 0
	for range 200000 {
		text := ""
		for range 1 + rng.IntN(7) {
			text += pieces[rng.IntN(len(pieces))]
		}
		text = strings.TrimSpace(text)
		label, edge, bound, ok := bandLine(text)
		want := line.FindStringSubmatch(text)
		if ok != (want != nil) || ok && (label != want[1] || edge != want[2] || bound != want[3]) {
			t.Fatalf("%q: %q %q %q %v, want %q", text, label, edge, bound, ok, want)
		}
		if ok {
			fits++
		}
		if identifier(text) != name.MatchString(text) {
			t.Fatalf("%q is an identifier: %v", text, identifier(text))
		}
	}
	if fits < 1000 {
		t.Errorf("only %d lines were categories", fits)
	}
}
