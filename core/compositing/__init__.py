"""From two analysed portraits to one picture at full size."""
