"""Brings a result back into the photograph: edit masks, generated changes, the paste at full size."""
