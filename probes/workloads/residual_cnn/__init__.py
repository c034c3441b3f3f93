"""Residual convolution network on the digits as pictures."""
