"""Importing the registry from Excel and CSV: read the file, check all of it, plan, then write all or the good rows.

``rules/templates.py`` says what a file may hold, ``reading`` opens it, ``planning`` compares it with what is there,
``storing`` writes, ``workbooks`` makes the files that people get back.
"""
