"""How dates are written where no template says it: the office's lists and forms."""
