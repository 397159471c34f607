package dataset

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// decisionsTitle begins the first line of a file of decisions: whoever opens
// it must see what it holds.
const decisionsTitle = "Contains patient data: decisions about single rows"

var decisionColumns = []string{"decision", "line", "column", "before", "after", "finding", "reason"}

// DecisionsCSV writes decisions as a file of their own, which `run` takes with
// -corrections. The first line names the data file and its SHA-256, so that
// the decisions are never applied to another. Texts are kept to the letter:
// they are read back, not opened in a spreadsheet.
func DecisionsCSV(file, sha string, list []Correction) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{decisionsTitle, file, sha})
	w.Write(decisionColumns)
	for _, x := range list {
		w.Write([]string{string(x.Decision), strconv.Itoa(x.Line), x.Column, x.Before, x.After, x.Finding, x.Reason})
	}
	w.Flush()
	return b.Bytes()
}

// HashDecisions is the SHA-256 of the decisions as their file has them, for
// the recipe; "" for none.
func HashDecisions(file, sha string, list []Correction) string {
	if len(list) == 0 {
		return ""
	}
	sum := newSHA256()
	sum.Write(DecisionsCSV(file, sha, list))
	return hex.EncodeToString(sum.Sum())
}

// ReadDecisions reads what DecisionsCSV wrote. sha is that of the data they are
// to be applied to; a file made for other data is refused.
func ReadDecisions(name string, body []byte, sha string) ([]Correction, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s is no file of decisions: %w", name, err)
	}
	if len(records) < 2 || len(records[0]) < 3 || records[0][0] != decisionsTitle || strings.Join(records[1], ",") != strings.Join(decisionColumns, ",") {
		return nil, fmt.Errorf("%s is no file of decisions: its first line begins with “%s” and its second names the columns %s", name, decisionsTitle, strings.Join(decisionColumns, ", "))
	}
	if records[0][2] != sha {
		return nil, fmt.Errorf("%s was made for %s with other bytes (SHA-256 %s) than the data now; the lines it names may be others there", name, records[0][1], records[0][2])
	}
	var list []Correction
	for i, f := range records[2:] {
		at := i + 3
		if len(f) != len(decisionColumns) {
			return nil, fmt.Errorf("%s, decision %d: it has %d cells where %d belong", name, i+1, len(f), len(decisionColumns))
		}
		line, err := strconv.Atoi(f[1])
		if err != nil || line < 0 {
			return nil, fmt.Errorf("%s, line %d, column line: “%s” is no line number", name, at, f[1])
		}
		switch Decision(f[0]) {
		case CorrectCell, ExcludeRow, AcceptAsIs:
		default:
			return nil, fmt.Errorf("%s, line %d, column decision: “%s” is none of cell, exclude and accept", name, at, f[0])
		}
		list = append(list, Correction{Decision(f[0]), line, f[2], f[3], f[4], f[5], f[6]})
	}
	return list, nil
}

// Answers reports whether the decision accepts this finding as it is.
func (x Correction) Answers(p Problem) bool {
	return x.Decision == AcceptAsIs && x.Line == p.Line && x.Column == p.Column && x.Finding == p.Kind && x.Before == p.Value
}
