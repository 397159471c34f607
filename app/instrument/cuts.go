package instrument

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// cut gives scales other category bounds than their own. A bound is met at
// itself ("15") or only above (">15"); one stands for each category after
// the first, as "10/12".
func (s *Scorer) cut(cuts map[string]string) error {
	d := s.def
	for _, key := range slices.Sorted(maps.Keys(cuts)) {
		found := false
		for i, sc := range d.scales {
			if sc.Bands == nil || sc.Kind == Ordinal || (key != d.ID && key != sc.Name && key != d.ID+"_"+sc.Name) {
				continue
			}
			bands, err := cutBands(sc.Bands, cuts[key])
			if err != nil {
				return fmt.Errorf("%s, scale %s: %w", d.Short, sc.Name, err)
			}
			changed := *sc
			changed.Bands = bands
			s.scales[i], found = &changed, true
		}
		if !found {
			return fmt.Errorf("%s has no scale %q with categories to set bounds for", d.Short, key)
		}
	}
	for i, sc := range s.scales { // scales made of the categories of another
		if sc.Bands != nil && sc.Kind == Ordinal && len(sc.of) == 1 {
			changed := *sc
			changed.Bands = s.scales[sc.of[0]].Bands
			s.scales[i] = &changed
		}
	}
	return nil
}

func cutBands(bands []Band, text string) ([]Band, error) {
	parts := strings.Split(text, "/")
	if len(parts) != len(bands)-1 {
		return nil, fmt.Errorf("%q has %d bounds; its %d categories need %d, as in %s", text, len(parts), len(bands), len(bands)-1, cutText(bands))
	}
	out := slices.Clone(bands)
	last := math.Inf(-1)
	for i, part := range parts {
		rest, above := strings.CutPrefix(strings.TrimSpace(part), ">")
		x, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%q is not a bound; write a number, or >number where the category begins above it", part)
		}
		if x < last {
			return nil, fmt.Errorf("%q: bounds must rise", text)
		}
		last, out[i+1].From, out[i+1].Above = x, x, above
	}
	if out[0].From > last {
		out[0].From = last
	}
	return out, nil
}

// cutText writes the bounds of categories as they are set.
func cutText(bands []Band) string {
	var parts []string
	for _, b := range bands[1:] {
		text := plain(b.From)
		if b.Above {
			text = ">" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "/")
}

// CutKeys are the keys of Settings.Cuts this instrument takes, each with the
// bounds of its own as they would be written.
func (d *Definition) CutKeys() (keys, bounds []string) {
	for _, s := range d.scales {
		if len(s.Bands) > 1 && s.Kind != Ordinal {
			keys, bounds = append(keys, d.ID+"_"+s.Name), append(bounds, cutText(s.Bands))
		}
	}
	return keys, bounds
}
