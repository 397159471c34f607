package instrument

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
