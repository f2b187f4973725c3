"""Good enough: grades, curves, working points, blends and control of rare-earth magnets. Knows no pack.

Fields are in kA/m, negative where they oppose the magnet; polarisation J and flux density B in T; energy products in
kJ/m3; temperatures in degrees Celsius; fractions of mass unless a name says otherwise.
"""
