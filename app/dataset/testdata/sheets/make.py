# mixed.xlsx: one of everything. inline.xlsx: the first rows of the trial, its
# texts in the cells themselves.
import csv
import datetime as dt
import openpyxl
import xlsxwriter
from openpyxl.comments import Comment

book = openpyxl.Workbook()
s = book.active
s.title = "Notes"
s.sheet_state = "hidden"
s["A1"] = "not the data"
s = book.create_sheet("Empty")
s = book.create_sheet("Answers & more")
rows = [
    ["Spine study, export of 2018-03-01"],
    [],
    ["id", "day", "time", "n", "share", "ok", "note", "sum", "text number"],
    ["A1", dt.date(2017, 11, 1), dt.time(13, 30), 1, 0.1, True, " spaced  ", "=D4+1", "1,5"],
    ["Ä2", dt.datetime(2017, 11, 2, 8, 15), dt.time(0, 0, 1), -2, 1 / 3, False, "a < b & \"c\"", "=1/0", 2.5],
    [],
    ["b3", dt.date(1900, 1, 1), None, 1e21, 1e-7, None, "two\nlines", "=NA()", 3],
    ["c4", dt.date(2024, 2, 29), dt.time(23, 59, 59), 12345678901234567, 100, True, "_x0041_ 😀", "=D8", 4],
]
for i, row in enumerate(rows):
    for j, v in enumerate(row):
        if v is not None:
            s.cell(i + 1, j + 3, v)  # from column C on
s.column_dimensions["G"].hidden = True
s.row_dimensions[7].hidden = True
s["C4"].comment = Comment("not a value", "x")
book.create_sheet("Codes")["B2"] = "arm: 0 control"
book.active = 2
book.save("mixed.xlsx")

with open("../trial_long.csv", encoding="utf-8") as f:
    table = [row[:14] for row in csv.reader(f)][:30]
out = xlsxwriter.Workbook("inline.xlsx", {"constant_memory": True, "date_1904": True})
s = out.add_worksheet("data")
day = out.add_format({"num_format": 'd"." mmm yyyy'})
for i, row in enumerate(table):
    for j, v in enumerate(row):
        if i == 0 or j in (0, 1, 2, 3, 4, 5, 6):
            s.write_string(i, j, v)
        elif j in (8, 9) and v:
            s.write_datetime(i, j, dt.datetime.fromisoformat(v), day)
        elif v:
            s.write_number(i, j, float(v))
out.close()
