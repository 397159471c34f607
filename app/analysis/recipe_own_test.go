package analysis

import (
	"reflect"
	"strings"
	"testing"

	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// TestRecipeCarriesDefinitions: own questionnaires and derived variables go
// through a recipe file, and a faulty one is refused with its field.
func TestRecipeCarriesDefinitions(t *testing.T) {
	file, err := instrument.ParseFile("mood.json", []byte(`{"id": "mood", "version": "1", "name": "Mood", "short": "Mood", "licence": "none", "sources": [{"for": "score", "basis": "convention", "cite": "this test"}],
"items": [{"columns": "mood_1..mood_3", "min": 0, "max": 4}], "scales": [{"name": "score", "rule": "mean", "better": "higher"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := Recipe{Options: DefaultOptions()}
	r.Mapping.Definitions = []instrument.File{file}
	r.Mapping.Derived = []trial.Derived{{Name: "mood_change", Kind: trial.Change, Of: "mood_score"}}
	back, err := ParseRecipe(r.JSON())
	if err != nil || !reflect.DeepEqual(back.Mapping, r.Mapping) {
		t.Errorf("%+v, %v", back.Mapping, err)
	}
	torn := strings.Replace(string(r.JSON()), `"rule": "mean"`, `"rule": "a + b"`, 1)
	if _, err := ParseRecipe([]byte(torn)); err == nil || !strings.Contains(err.Error(), `mapping: definition mood: scales[0].rule: "a + b" is not a rule`) {
		t.Errorf("error %v", err)
	}
}
