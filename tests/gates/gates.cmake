# Filled in below: the gates are scripts and are registered with the label gate.
