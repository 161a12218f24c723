"""PostgreSQL's time zone names other than `Area/City` (its timezonesets, file Default; the IANA
time zone database). A test compares them with a server."""

from __future__ import annotations

_FIXED = {
    -36000: "HST TAHT",
    -34200: "MART",
    -32400: "AKST GAMT",
    -28800: "AKDT PST",
    -25200: "MST PDT",
    -21600: "CST GALT MDT",
    -18000: "ACT CDT COT EST PET",
    -14400: "AMT AST BOT EDT",
    -12600: "NFT NST",
    -10800: "ADT BRA BRT CLST GFT PMST PYST UYT WGT",
    -9000: "NDT",
    -7200: "BRST FNT PMDT UYST WGST",
    -3600: "AZOT EGT FNST",
    0: "AZOST EGST GMT UCT UT UTC WET Z ZULU",
    3600: "BST CET MET MEZ WAT WETDST",
    7200: "BDST CEST CETDST EET IST MEST MESZ METDST SAST",
    10800: "EAT EEST EETDST FET IDT",
    12600: "IRT",
    14400: "MSD MUT RET SCT",
    16200: "AFT",
    18000: "MUST MVT PKT TFT TJT UZT",
    20700: "NPT",
    21600: "ALMT BDT BTT KGST PKST UZST XJT YEKST",
    23400: "MMT",
    25200: "ALMST CXT ICT WAST",
    28800: "AWST BNT BORT CCT HKT MYT PHT WADT",
    31500: "ACWST",
    32400: "AWSST JAYT JST KST PWT ULAST WDT",
    34200: "ACST CAST",
    36000: "AEST CHUT DDUT KDT LIGT MPT PGT TRUT YAPT",
    37800: "ACDT ACSST CADT LHST SADT",
    39600: "AEDT AESST PONT VUT",
    43200: "FJT GILT MHT NZST NZT TVT WAKT WFT",
    45900: "CHAST",
    46800: "FJST NZDT TOT",
    49500: "CHADT",
}
"""Seconds east of UTC -> abbreviations that have always meant this offset."""

ABBREVIATIONS = {name.lower(): offset for offset, names in _FIXED.items() for name in names.split()}

CHANGING = frozenset(
    (
        "AMST ANAST ANAT ARST ART AZST AZT CKT CLT DAVT EASST EAST FKST FKT GEST GET GYT "
        "IOT IRKST IRKT KGT KOST KRAST KRAT LHDT LINT LKT MAGST MAGT MAWT MSK NOVST NOVT "
        "NUT OMSST OMST PETST PETT PYT SGT TKT TMT ULAT VET VLAST VLAT VOLT YAKST YAKT "
        "YEKT"
    )
    .lower()
    .split()
)
"""Abbreviations whose offset has changed over time."""

ONE_WORD = frozenset(
    (
        "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0"
        " Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT"
        " NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal"
        " W-SU WET Zulu"
    )
    .lower()
    .split()
)
"""Names of the IANA database without a slash."""

SPECIFICATION = (
    r"(?:<[^<>]*>|[^-+,0-9<:]*)([-+]?)(0?[0-9]{1,2}|1[0-5][0-9]|16[0-7])"
    r"(?::([0-5]?[0-9])(?::([0-5]?[0-9]))?)?"
)
"""A POSIX specification: a name of any kind, then hours, minutes and seconds west of UTC."""
