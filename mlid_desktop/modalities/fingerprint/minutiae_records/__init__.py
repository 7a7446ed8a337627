"""Finger minutiae records of other makers: ISO/IEC 19794-2 of 2005 and 2011, ANSI INCITS 378 of 2004 and 2009."""
