package instrument

import (
	"errors"
	"fmt"
	"math"
)

// evalStartBack: a low total is low risk whatever its items; above it the
// psychosocial subscale decides. Hill et al. 2008. Needs the total and the
// psychosocial scale, in this order.
func evalStartBack(s *scale, r *row) value {
	total, psych := r.done[s.of[0]], r.done[s.of[1]]
	v := value{ok: total.ok && psych.ok, answered: total.answered, number: 1}
	switch {
	case total.number <= 3:
	case psych.number <= 3:
		v.number = 2
	default:
		v.number = 3
	}
	return v
}

func tellStartBack(s *scale, r *row, v value) []string {
	total, psych := r.done[s.of[0]], r.done[s.of[1]]
	return []string{fmt.Sprintf("Total %s, psychosocial %s. Low: total 3 or less; high: psychosocial 4 or more; else medium.", plain(total.number), plain(psych.number))}
}

// evalBMI takes height in centimetres and weight in kilograms, in this order.
func evalBMI(s *scale, r *row) value {
	_, n, ok := s.sum(r)
	v := value{ok: ok, answered: n}
	if ok {
		metres := r.code[s.items[0]] / 100
		v.number = r.code[s.items[1]] / (metres * metres)
	}
	return v
}

func heightAndWeight(d *Definition, s *scale) error {
	if len(s.items) != 2 || s.low[0] <= 0 {
		return errors.New("needs two items, height above 0 and weight")
	}
	return nil
}

func tellBMI(s *scale, r *row, v value) []string {
	return []string{fmt.Sprintf("%s / %s² = %s", plain(r.code[s.items[1]]), plain(r.code[s.items[0]]/100), s.show(v.number))}
}

// evalAgreement says where the first item (any medication) and the others (its
// types) contradict each other. Information only: nothing is corrected.
func evalAgreement(s *scale, r *row) value {
	v := value{number: none}
	any, known := s.answer(r, 0)
	types, all := 0, true
	for k := 1; k < len(s.items); k++ {
		p, has := s.answer(r, k)
		all = all && has
		if p == 1 {
			types++
		}
	}
	switch {
	case known && any == 1 && types == 0 && all:
		v.ok, v.text = true, "any without types"
	case known && any == 0 && types > 0:
		v.ok, v.text = true, "types without any"
	}
	return v
}

// evalWAI adds the seven parts of the Work Ability Index. Items in this order:
// 1; 2a physical and 2b mental demands; kind of work; 3 diagnosed diseases; 4;
// 5; 6; 7a, 7b, 7c.
func evalWAI(s *scale, r *row) value {
	_, n, ok := s.sum(r)
	v := value{ok: ok, answered: n}
	if !ok {
		return v
	}
	for _, part := range waiParts(s, r) {
		v.number += part
	}
	return v
}

func waiItems(d *Definition, s *scale) error {
	if len(s.items) != 11 || len(d.Items[s.items[3]].Codes) != 3 {
		return errors.New("needs 11 items, the fourth the kind of work in three words")
	}
	if it := d.Items[s.items[4]]; !it.Integer || it.Min < 0 {
		return errors.New("needs a number of diseases as its fifth item")
	}
	return nil
}

func waiParts(s *scale, r *row) [7]float64 {
	at := func(k int) float64 { return r.code[s.items[k]] }
	weight := [3][2]float64{{1.5, 0.5}, {0.5, 1.5}, {1, 1}}[int(at(3))] // physical, mental, mixed
	diseases := [6]float64{7, 5, 4, 3, 2, 1}[int(math.Min(at(4), 5))]
	resources := at(8) + at(9) + at(10)
	points := 1.0
	for _, bound := range []float64{4, 7, 10} {
		if resources >= bound {
			points++
		}
	}
	return [7]float64{at(0), weight[0]*at(1) + weight[1]*at(2), diseases, at(5), at(6), at(7), points}
}

func tellWAI(s *scale, r *row, v value) []string {
	line := "Parts 1 to 7:"
	for i, p := range waiParts(s, r) {
		if i > 0 {
			line += " +"
		}
		line += " " + plain(p)
	}
	return []string{line + " = " + plain(v.number)}
}

// evalHalfUp rounds a scale to whole points, halves up.
func evalHalfUp(s *scale, r *row) value {
	v := r.done[s.of[0]]
	v.number = math.Floor(v.number + 0.5)
	return v
}

func tellHalfUp(s *scale, r *row, v value) []string {
	return []string{fmt.Sprintf("%s rounded to %s", plain(r.done[s.of[0]].number), plain(v.number))}
}
