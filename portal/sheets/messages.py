"""Every sentence about what is wrong in a file: what it is, and what would be right.

They stand here as they are looked up in the catalogue; where in the file it is stands beside the sentence, not in it.
"""

from django.utils.translation import gettext_noop as _

LIST_SEPARATOR = _(", ")

# --- the file ---------------------------------------------------------------------------------------------------
EMPTY_FILE = _("The file is empty.")
TOO_LARGE = _("The file is %(size)s MB; at most %(most)s MB is accepted. Split it into several files.")
OLD_XLS = _(
    "This is a workbook in the old .xls format. Open it in your spreadsheet program and save it as an Excel workbook"
    " (.xlsx)."
)
ENCRYPTED = _("The workbook is protected by a password. Remove the password, save the workbook, and choose it again.")
OPEN_DOCUMENT = _(
    "This is an OpenDocument spreadsheet (.ods). Open it in your spreadsheet program and save it as an Excel workbook"
    " (.xlsx)."
)
BINARY_WORKBOOK = _(
    "This is a binary workbook (.xlsb). Save it in your spreadsheet program as an Excel workbook (.xlsx)."
)
PLAIN_TEXT = _(
    "This is a text file (such as .csv), not a workbook. Open it in your spreadsheet program and save it as an Excel"
    " workbook (.xlsx)."
)
WEB_PAGE = _(
    "This is a web page or XML, whatever its name says. Open it in your spreadsheet program and save it as an Excel"
    " workbook (.xlsx)."
)
PDF = _("This is a PDF document. Choose the workbook (.xlsx) that it was made from.")
OTHER_OFFICE = _("This is an office document, but not a workbook. Choose an Excel workbook (.xlsx).")
ZIP_ARCHIVE = _("This is a ZIP archive. Unpack it and choose the Excel workbook (.xlsx) that is in it.")
UNKNOWN_FORM = _("This is not an Excel workbook. Save it in your spreadsheet program as an Excel workbook (.xlsx).")
DAMAGED = _(
    "The workbook is damaged and cannot be read (%(detail)s). Open it in your spreadsheet program, save it again, and"
    " choose the new file."
)
SUSPICIOUS = _(
    "The workbook was packed in a way that no spreadsheet program uses (%(detail)s), so it was not opened. Copy your"
    " data into a new workbook."
)
TOO_MUCH_INSIDE = _("The workbook contains more than can be accepted (%(detail)s). Split it into several files.")
TOO_SLOW = _("Reading the workbook took longer than %(seconds)s seconds. Split it into several files.")

# --- details of the above ---------------------------------------------------------------------------------------
CUT_SHORT = _("it is cut short or its packing is broken")
NO_PART = _("a part of it is missing")
BAD_XML = _("a part of it is not well-formed")
BAD_ROW = _("its rows are out of order")
BAD_CELL = _("a cell has a wrong place or value")
TOO_MANY_PARTS = _("too many parts")
TWICE_THE_SAME = _("one part is in it twice")
PACKED_TOO_TIGHTLY = _("a part becomes too large when unpacked")
UNPACKED_TOO_LARGE = _("too large when unpacked")
HAS_ENTITIES = _("it declares a document type")
TOO_DEEP = _("its parts are nested too deeply")
TOO_LONG_TAG = _("a part of it does not end")
TOO_MANY_SHEETS = _("too many sheets")
TOO_MANY_TEXTS = _("too much text")

# --- the table on its sheets ------------------------------------------------------------------------------------
NO_TABLE = _("No sheet has the headers of the table. One row must hold the column headers: %(headers)s.")
NO_ROWS = _("There are no rows below the headers.")
UNKNOWN_COLUMN = _("There is no column “%(header)s” in this table. Remove or rename it. Possible columns: %(headers)s.")
COLUMN_WITHOUT_HEADER = _("There is something in a column that has no header. Give the column a header, or empty it.")
MISSING_COLUMN = _("The column “%(header)s” is missing. Add it to the row of headers.")
DUPLICATE_COLUMN = _("The column “%(header)s” appears twice: in %(first)s and in %(second)s. Keep only one.")
MERGED_CELLS = _("The cells %(range)s are merged. Split them, and fill in each one.")
TOO_MANY_ROWS = _("There are more than %(most)s rows. Split the file into several.")
TOO_MANY_COLUMNS = _("There is something beyond column %(most)s. Remove it.")
HIDDEN_SHEET = _("The sheet is hidden and was not read. Show it if its rows are to be read.")
HIDDEN_ROWS = _("Hidden rows were also read: %(count)s.")

# --- one cell ---------------------------------------------------------------------------------------------------
MISSING_VALUE = _("The cell is empty, but a value is needed: %(right)s.")
MISSING_LIKE = _("The cell is empty, but a value is needed. A correct value would be, for example, %(right)s.")
MISSING = frozenset({MISSING_VALUE, MISSING_LIKE})
ERROR_CELL = _("The cell contains the error %(value)s. Correct its formula, or enter the value.")
FORMULA_WITHOUT_VALUE = _(
    "The cell contains a formula whose result was not saved. Open the workbook in your spreadsheet program and save"
    " it, or enter the value."
)
NOT_NUMBER = _("This is not a number. A correct value would be, for example, %(right)s.")
AMBIGUOUS_NUMBER = _("It is not clear which number this is. Write it without thousands separators, such as %(right)s.")
DATE_NOT_NUMBER = _(
    "This is a date, but a number is needed. Set the cell's format to number, and enter the number again."
)
NOT_WHOLE = _("This must be a whole number, such as %(right)s.")
TOO_MANY_DECIMALS = _("The number has %(decimals)s decimals, but may have at most %(most)s.")
TOO_MANY_DIGITS = _("The number has more than %(most)s digits before the decimal point.")
TOO_SMALL = _("The number must be at least %(least)s.")
TOO_BIG = _("The number must be at most %(most)s.")
LOST_DIGITS = _(
    "Spreadsheet programs lose the last digits of a number with more than 15 digits. Set the cell's format to text,"
    " and enter the number again."
)
NOT_DATE = _("This is not a date. A correct value would be, for example, %(right)s.")
TIME_NOT_DATE = _("This has a time of day, but only a date is needed, such as %(right)s.")
NOT_INSTANT = _("This is not a date and time. A correct value would be, for example, %(right)s.")
DATE_OUT_OF_RANGE = _("The date must be between the years %(first)s and %(last)s.")
TIME_SKIPPED = _("There is no such time: the clocks go forward that night.")
TIME_TWICE = _(
    "This time occurs twice, since the clocks go back that night. Write which one you mean: %(first)s or %(second)s."
)
NOT_BOOLEAN = _("This must be “%(yes)s” or “%(no)s”.")
NOT_CHOICE = _("This is not one of the possible values: %(choices)s.")
TOO_LONG = _("The text has %(length)s characters, but may have at most %(most)s.")
CONTROL_CHARACTERS = _("The text contains invisible characters. Type it again.")
MORE_LINES = _("The text must be on one line.")

# --- what is right --------------------------------------------------------------------------------------------
YES = _("yes")
NO = _("no")
A_TEXT = _("a text")
