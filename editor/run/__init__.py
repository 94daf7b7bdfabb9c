"""From the Run button to the applied layer."""
