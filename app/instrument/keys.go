package instrument

import (
	"fmt"
	"slices"
	"strings"
)

// PolicyKeys are the keys of Settings.Policy this instrument takes: its
// scales' when there are several, else its own; none when a score needs every
// answer.
func (d *Definition) PolicyKeys() []string {
	keys := d.policyKeys()
	if len(keys) < 2 {
		return nil
	}
	if len(keys) == 2 {
		return keys[:1]
	}
	return keys[1:]
}

// policies gives each scale the policy of the settings, or its own.
func (d *Definition) policies(chosen map[string]string) ([]Policy, error) {
	out := make([]Policy, len(d.scales))
	for i, s := range d.scales {
		out[i] = s.policy
	}
	for key := range chosen {
		if !d.hasPolicyKey(key) {
			return nil, fmt.Errorf("%s has no scale %q to set a rule for unanswered items; it has %s", d.Short, key, strings.Join(d.policyKeys(), ", "))
		}
	}
	for i, s := range d.scales {
		text, byScale := chosen[d.ID+"_"+s.Name]
		if !byScale {
			text, byScale = chosen[s.Name]
		}
		if !byScale {
			text = chosen[d.ID]
		}
		if text == "" {
			continue
		}
		if !s.rule.partly {
			if byScale && text != Complete {
				return nil, fmt.Errorf("%s: %s needs every answer and cannot be set to %s", d.Short, s.Name, text)
			}
			continue
		}
		p, err := ParsePolicy(text, len(s.items))
		if err == nil {
			err = s.takes(p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, scale %s: %w", d.Short, s.Name, err)
		}
		out[i] = p
	}
	return out, nil
}

func (d *Definition) policyKeys() []string {
	var keys []string
	for _, s := range d.scales {
		if s.rule.partly {
			keys = append(keys, d.ID+"_"+s.Name)
		}
	}
	if len(keys) == 0 {
		return []string{"none"}
	}
	return append([]string{d.ID}, keys...)
}

func (d *Definition) hasPolicyKey(key string) bool {
	return slices.Contains(d.policyKeys(), key) ||
		slices.ContainsFunc(d.scales, func(s *scale) bool { return key == s.Name || key == d.ID+"_"+s.Name })
}

// takes refuses to count a blank as no where no is not an answer worth 0.
func (s *scale) takes(p Policy) error {
	if p.Rule != BlankAsNo {
		return nil
	}
	for k := range s.items {
		if s.base[k] != 0 || s.reversed[k] || (s.recode[k] != nil && s.recode[k][0] != 0) {
			return fmt.Errorf("blank_as_no needs items in which 0 is no and counts 0; item %d is not one", s.Items[k])
		}
	}
	return nil
}
