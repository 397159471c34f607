package trial

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

// simulated is a small trial as a table of texts, before and after defects are
// planted into it.
type simulated struct {
	rng  *rand.Rand
	wide bool

	unit, unitName, patient, arm, visit, date, consent string // names of columns; unitName may be the unit's own
	items                                              []string
	codes                                              []string // of visits
	comma                                              bool

	header []string
	rows   [][]string
	of     []who // per row

	touched map[int]bool // rows, by position
}

type who struct{ unit, patient, visit int } // visit -1: all (wide)

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// simulate makes a trial of 8 to 14 units of 4 to 10 patients.
func simulate(seed uint64) *simulated {
	s := &simulated{rng: rand.New(rand.NewPCG(seed, 7)), touched: map[int]bool{}}
	rng := s.rng
	s.wide = seed%3 == 2
	s.comma = rng.IntN(2) == 0
	other := seed >= 100 // other names and sizes
	s.unit = pick(rng, "unit_id", "site", "clinic_id", "toimipiste", "klinik")
	s.unitName = pick(rng, "unit_name", "site_name", "toimipisteen_nimi", s.unit)
	s.patient = pick(rng, "patient_id", "subject", "potilas_id", "pid", "Deltagare")
	s.arm = pick(rng, "arm", "group", "ryhmä", "treatment")
	s.visit = pick(rng, "visit", "time", "kk", "Zeitpunkt")
	s.date = pick(rng, "visit_date", "vastaus_pvm", "assessment.date")
	s.consent = pick(rng, "consent_date", "suostumus_pvm", "enrolment_date")
	if other {
		s.unit = pick(rng, "yksikkö", "vårdcentral", "Hospital", "study.center", "Praxis-Nr", "cluster_no")
		s.unitName = pick(rng, "yksikön nimi", "centre_name", "Name der Einrichtung", s.unit)
		s.patient = pick(rng, "tutkittava_nro", "Osallistuja", "record_id", "Pat.-Nr.", "subject.id", "försöksperson")
		s.arm = pick(rng, "haara", "randomised_arm", "Gruppe", "allocation", "tutkimusryhmä")
		s.visit = pick(rng, "aikapiste", "käynti", "tidpunkt", "event", "month")
		s.date = pick(rng, "käynti_pvm", "besöks_datum", "Visite Datum", "followup_date")
		s.consent = pick(rng, "suostumus", "samtycke_datum", "Einwilligung Datum", "consentDate")
	}
	s.codes = pick(rng, []string{"0", "3", "12"}, []string{"baseline", "3 months", "12 months"}, []string{"0", "6", "12", "24"})
	if s.wide {
		s.codes = pick(rng, []string{"0", "3", "12"}, []string{"0", "6"})
	}
	item := pick(rng, "odi%d", "odi_%d", "ODI_%02d")
	for i := range 10 {
		s.items = append(s.items, fmt.Sprintf(item, i+1))
	}
	arms := pick(rng, [2]string{"control", "intervention"}, [2]string{"0", "1"}, [2]string{"kontrolli", "koe"}, [2]string{"usual care", "treatment"})
	own := []string{s.unit, "sector", s.patient, s.arm, s.consent, "age", "bmi", "female"}
	if s.unitName != s.unit {
		own = slices.Insert(own, 1, s.unitName)
	}
	asked := append([]string{s.date, "weight", "vas", "cost"}, s.items...)
	s.header = slices.Clone(own)
	if s.wide {
		for _, code := range s.codes {
			for _, a := range asked {
				s.header = append(s.header, a+"_"+code)
			}
		}
	} else {
		s.header = append(append(s.header, s.visit), asked...)
	}
	units := 8 + rng.IntN(7)
	if other {
		units = 6 + rng.IntN(65)
	}
	patients := 0
	for u := range units {
		n := 4 + rng.IntN(7)
		for range n {
			patients++
			s.person(u, patients, arms[u%2], asked)
		}
	}
	if n := slices.Index(s.header, s.unitName); !s.wide && rng.IntN(2) == 0 { // another order of columns
		last := len(s.header) - 1
		s.header[n], s.header[last] = s.header[last], s.header[n]
		for _, r := range s.rows {
			r[n], r[last] = r[last], r[n]
		}
	}
	return s
}

var places = []string{"Hämeensaari", "Kivijärvi", "Pyhäniemi", "Söderlahti", "Mäntykoski", "Ylöjoki", "Ähtäränpää", "Köyliönranta", "Lönnfors", "Raahensuu", "Öljymäki", "Nurmikylä", "Merikärki", "Oulunlahti", "Vähäkyröni"}

func init() {
	for _, a := range []string{"Suolam", "Tervah", "Iso", "Kurk", "Lapin", "Raut", "Savitai", "Harju"} {
		for _, b := range []string{"kangas", "vuori", "selkä", "portti", "mutka", "halla", "rinne", "puisto"} {
			places = append(places, a+b)
		}
	}
}

func (s *simulated) person(unit, patient int, arm string, asked []string) {
	rng := s.rng
	label := fmt.Sprintf("U%02d", unit+1)
	if s.unitName == s.unit {
		label = places[unit]
	}
	consent := 42000 - 25569 + rng.IntN(400)
	day := func(n int) string {
		if s.comma {
			y, m, d := civil(n)
			return fmt.Sprintf("%d.%d.%d", d, m, y)
		}
		y, m, d := civil(n)
		return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	}
	base := map[string]string{s.unit: label, "sector": pick(rng, "private", "public"), s.patient: fmt.Sprintf("P%04d", 1000+patient), s.arm: arm,
		s.consent: day(consent), "age": strconv.Itoa(20 + rng.IntN(45)), "bmi": s.number(18+20*rng.Float64(), 1), "female": strconv.Itoa(rng.IntN(2))}
	base[s.unitName] = places[unit]
	base["sector"] = []string{"private", "public"}[unit%3%2]
	severity, weight := rng.Float64()*4, 55+40*rng.Float64()
	answers := func(visit int) map[string]string {
		a := map[string]string{s.date: day(consent + 5 + 90*visit + rng.IntN(30)), "weight": s.number(weight+3*rng.NormFloat64(), 1),
			"vas": strconv.Itoa(rng.IntN(101)), "cost": s.number(math.Exp(5+rng.NormFloat64()), 2)}
		for _, item := range s.items {
			a[item] = strconv.Itoa(int(math.Min(5, math.Max(0, math.Round(severity+rng.NormFloat64())))))
			if rng.IntN(40) == 0 {
				a[item] = ""
			}
		}
		return a
	}
	if s.wide {
		for v, code := range s.codes {
			for name, x := range answers(v) {
				if v > 0 && patient%4 == 0 {
					x = ""
				}
				base[name+"_"+code] = x
			}
		}
		s.add(base, who{unit, patient, -1})
		return
	}
	for v, code := range s.codes {
		if v > 0 && rng.IntN(5) == 0 {
			continue
		}
		row := answers(v)
		for name, x := range base {
			row[name] = x
		}
		row[s.visit] = code
		s.add(row, who{unit, patient, v})
	}
}

func (s *simulated) add(row map[string]string, w who) {
	cells := make([]string, len(s.header))
	for i, name := range s.header {
		cells[i] = row[name]
	}
	s.rows, s.of = append(s.rows, cells), append(s.of, w)
}

func (s *simulated) number(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if s.comma {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func civil(n int) (y, m, d int) {
	days := func(y, m int) int {
		if m == 2 && y%4 == 0 {
			return 29
		}
		return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	}
	y, m, d = 1970, 1, 1+n
	for d > days(y, m) {
		d -= days(y, m)
		if m++; m == 13 {
			y, m = y+1, 1
		}
	}
	return y, m, d
}

func (s *simulated) csv() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if s.comma {
		w.Comma = ';'
	}
	w.Write(s.header)
	w.WriteAll(s.rows)
	return b.String()
}

func (s *simulated) cell(row int, column string) *string {
	return &s.rows[row][slices.Index(s.header, column)]
}

// at is a variable asked at visits, as a column that has a value in the row.
func (s *simulated) at(row int, name string, visits ...string) string {
	if !s.wide {
		return name
	}
	if len(visits) == 0 {
		visits = s.codes
	}
	column := name + "_" + pick(s.rng, visits...)
	if *s.cell(row, column) == "" {
		column = name + "_" + s.codes[0]
	}
	return column
}

// free is a row whose patient no defect has touched, in a unit most of whose
// rows are untouched; the patient has at least so many rows.
func (s *simulated) free(least int, ok func(row int) bool) int {
	for range 10000 {
		row := s.rng.IntN(len(s.rows))
		rows, unit, touched, clean := 0, 0, 0, true
		for i, w := range s.of {
			if w.patient == s.of[row].patient {
				rows++
				clean = clean && !s.touched[i]
			}
			if w.unit == s.of[row].unit {
				unit++
				touched += b2i(s.touched[i])
			}
		}
		if clean && rows >= least && unit >= 3 && 4*touched <= unit && (ok == nil || ok(row)) {
			return row
		}
	}
	panic("no row is left to plant a defect in")
}

// planted is what must be found: the kind, and where.
type planted struct {
	kind, column string
	row          int
}

// plant puts one defect of each kind that the shape allows at a random place.
func (s *simulated) plant() []planted {
	rng := s.rng
	var list []planted
	touch := func(kind, column string, row int) {
		s.touched[row] = true
		list = append(list, planted{kind, column, row})
	}
	row := s.free(1, nil)
	item := s.at(row, pick(rng, s.items...))
	*s.cell(row, item) = pick(rng, "6", "8", "-1", "12")
	touch("item out of range", item, row)

	row = s.free(1, nil)
	other := *s.cell(row, s.arm)
	for i := range s.rows {
		if a := *s.cell(i, s.arm); a != other {
			*s.cell(row, s.arm) = a
			break
		}
	}
	touch("arm changes", s.arm, row)

	row = s.free(1, nil)
	date := s.at(row, s.date)
	*s.cell(row, date) = "2009-03-01"
	if s.comma {
		*s.cell(row, date) = "1.3.2009"
	}
	touch("visit before consent", date, row)

	row = s.free(1, func(row int) bool {
		for _, name := range s.header { // 777 would be read as a code for “no answer”
			if x := *s.cell(row, name); (name == "bmi" || strings.HasPrefix(name, "weight")) && x != "" && x[0] == x[1] && x[0] == x[3] {
				return false
			}
		}
		return true
	})
	number := pick(rng, "bmi", s.at(row, "weight"))
	*s.cell(row, number) = strings.NewReplacer(".", "", ",", "").Replace(*s.cell(row, number))
	touch("implausible number", number, row)

	row = s.free(1, nil)
	name := s.cell(row, s.unitName)
	*name = pick(rng, strings.ToUpper, func(x string) string {
		return strings.NewReplacer("ä", "a", "ö", "o", "Ö", "O", "Ä", "A").Replace(x) + ""
	},
		func(x string) string { r := []rune(x); return string(r[:len(r)-1]) }, func(x string) string { return " " + strings.ToLower(x) + "." })(*name)
	if slices.Contains(places, *name) {
		*name = strings.ToUpper(*name)
	}
	touch("unit name spelled differently", s.unitName, row)

	row = s.free(1, nil)
	answer := s.at(row, pick(rng, "vas", "weight", s.items[4]))
	*s.cell(row, answer) = pick(rng, "3-4", "ei tiedä", "about 2", "?")
	touch("text in a number", answer, row)

	row = s.free(3-2*b2i(s.wide), nil)
	unit := s.of[row].unit
	for i, w := range s.of {
		if w.unit%2 != unit%2 && w.unit != unit {
			if s.wide { // a second row in another unit
				s.insert(s.rows[row], s.of[row], len(s.rows), &list)
				row = len(s.rows) - 1
			}
			*s.cell(row, s.unit) = *s.cell(i, s.unit)
			break
		}
	}
	touch("patient in two units", s.unit, row)

	if !s.wide {
		row = s.free(1, nil)
		*s.cell(row, s.visit) = pick(rng, "13", "33", "99 months")
		touch("unknown visit", s.visit, row)
	}
	row = s.free(1, nil)
	at := rng.IntN(len(s.rows) + 1)
	if at <= row {
		at = row + 1
	}
	s.touched[row] = true // a copy is as good as the other
	s.insert(s.rows[row], s.of[row], at, &list)
	touch("duplicate patient-visit", s.patient, at)
	return list
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// insert puts a copy of a row in, and moves what was planted behind it.
func (s *simulated) insert(cells []string, w who, at int, list *[]planted) {
	s.rows = slices.Insert(s.rows, at, slices.Clone(cells))
	s.of = slices.Insert(s.of, at, w)
	moved := map[int]bool{}
	for row := range s.touched {
		moved[row+b2i(row >= at)] = true
	}
	s.touched = moved
	for i := range *list {
		(*list)[i].row += b2i((*list)[i].row >= at)
	}
}

// TestDefects plants the nine kinds of defect at random places of random
// trials (in wide ones those that a wide table can have) and holds that each is
// found on its row, that no other row is an error or a warning, and that the
// trial as it was has none.
func TestDefects(t *testing.T) {
	kinds := map[string]int{}
	for k := range uint64(90) {
		seed := k
		if k >= 50 {
			seed += 50
		}
		s := simulate(seed)
		findings := func() []dataset.Problem {
			d := table(t, s.csv())
			m, _ := Guess(d)
			trial, err := Build(d, m)
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(s.header, " "))
			}
			return trial.Findings()
		}
		for _, p := range findings() {
			if p.Severity > dataset.Note {
				t.Errorf("seed %d: in the untouched trial: %v", seed, p)
			}
		}
		list := s.plant()
		found := findings()
		for _, want := range list {
			kinds[want.kind]++
			if !slices.ContainsFunc(found, func(p dataset.Problem) bool {
				own := want.kind == "unit name spelled differently" && p.Kind == "unit spelled two ways" // the unit's own column
				return (p.Kind == want.kind || own) && p.Line == want.row+2 && p.Column == want.column
			}) {
				t.Errorf("seed %d, wide %v: not found: %+v, line %d %q among\n%v", seed, s.wide, want, want.row+2, s.rows[want.row], found)
			}
		}
		for _, p := range found {
			if p.Severity > dataset.Note && !s.touched[p.Line-2] {
				t.Errorf("seed %d, wide %v: on a row nobody touched: %v", seed, s.wide, p)
			}
		}
	}
	if len(kinds) != len(kindOf) || kinds["unknown visit"] < 40 || kinds["arm changes"] != 90 {
		t.Errorf("planted %v", kinds)
	}
}

// TestDefectsTogether plants several faults in one row, one unit or one patient
// and holds that each is found, on its row, and no other.
func TestDefectsTogether(t *testing.T) {
	type fault struct {
		kind  string
		plant func(s *simulated, row int) (column string)
	}
	set := func(column func(s *simulated) string, value func(s *simulated) string) func(s *simulated, row int) string {
		return func(s *simulated, row int) string {
			*s.cell(row, column(s)) = value(s)
			return column(s)
		}
	}
	text := func(x string) func(*simulated) string { return func(*simulated) string { return x } }
	faults := []fault{
		{"item out of range", set(func(s *simulated) string { return s.items[3] }, text("8"))},
		{"item out of range", set(func(s *simulated) string { return s.items[7] }, text("6"))},
		{"implausible number", set(func(*simulated) string { return "bmi" }, func(s *simulated) string { return s.number(2710, 0) })},
		{"text in a number", set(func(*simulated) string { return "vas" }, text("3-4"))},
		{"visit before consent", set(func(s *simulated) string { return s.date }, func(s *simulated) string {
			if s.comma {
				return "1.3.2009"
			}
			return "2009-03-01"
		})},
		{"unknown visit", set(func(s *simulated) string { return s.visit }, text("13"))},
		{"arm changes", func(s *simulated, row int) string {
			own := *s.cell(row, s.arm)
			for i := range s.rows {
				if a := *s.cell(i, s.arm); a != own {
					*s.cell(row, s.arm) = a
					break
				}
			}
			return s.arm
		}},
		{"unit name spelled differently", func(s *simulated, row int) string {
			c := s.cell(row, s.unitName)
			*c = strings.ToUpper(*c)
			return s.unitName
		}},
	}
	for seed := range uint64(60) {
		if seed%3 == 2 {
			continue // wide
		}
		s := simulate(seed)
		if s.unitName == s.unit {
			continue // whose rows cannot be told apart when the name itself is at fault
		}
		rng := rand.New(rand.NewPCG(seed, 23))
		row := s.free(2, nil)
		rows := map[int]bool{row: true}
		var list []planted
		for _, i := range rng.Perm(len(faults))[:4] {
			if i := slices.IndexFunc(s.of, func(w who) bool { return w.patient == s.of[row].patient }); seed%2 == 0 && len(list) == 3 && s.of[i].visit == 0 {
				row = i // another row of the patient
				rows[row] = true
			}
			list = append(list, planted{faults[i].kind, faults[i].plant(s, row), row})
		}
		d := table(t, s.csv())
		m, _ := Guess(d)
		found := build(t, d, m).Findings()
		for _, want := range list {
			n := 0
			for _, p := range found {
				if p.Kind == want.kind && p.Line == want.row+2 && p.Column == want.column {
					n++
				}
			}
			if n != 1 {
				t.Errorf("seed %d: %d findings %+v, line %d %q among\n%v", seed, n, want, want.row+2, s.rows[want.row], found)
			}
		}
		for _, p := range found {
			if p.Severity > dataset.Note && !rows[p.Line-2] {
				t.Errorf("seed %d: on a row nobody touched: %v", seed, p)
			}
		}
	}
}
