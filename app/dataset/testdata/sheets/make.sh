#!/bin/sh
# Writes the workbooks and SPSS files of this folder with the programs that
# people have: R (openxlsx 4.2.5, haven 2.5.1), Python (openpyxl 3.0.9,
# XlsxWriter 3.0.2) and LibreOffice 7.4. Run it here; the tests need none of them.
set -e
Rscript make.R
/usr/bin/python3 make.py
soffice --headless --convert-to xlsx:"Calc MS Excel 2007 XML" --outdir lo mixed.xlsx >/dev/null 2>&1
mv lo/mixed.xlsx mixed_libreoffice.xlsx
rmdir lo
