package dataset

import "errors"

// MarshalBinary writes the data set compactly, to be handed from a worker to
// the page.
func (d *Dataset) MarshalBinary() ([]byte, error) { return nil, errors.New("dataset: not written yet") }

// UnmarshalBinary reads what MarshalBinary wrote.
func (d *Dataset) UnmarshalBinary(b []byte) error { return errors.New("dataset: not written yet") }
