package state_test

import (
	"testing"

	"trialbox/app/state"
	"trialbox/app/state/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) state.Store { return state.NewMemory() })
}
