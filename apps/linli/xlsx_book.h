/** Command line, XLSX: what a workbook says beside its rows: which sheet is read, its texts, which cells are dates. */
#ifndef LINLI_APP_XLSX_BOOK_H
#define LINLI_APP_XLSX_BOOK_H

#include "xlsx_part.h"

enum {
    XLSX_TEXTS_BYTES = 128 * 1024 * 1024, /**< all shared texts together */
    XLSX_TEXTS = 8 * 1024 * 1024,
    XLSX_STYLES = 65536
};

struct xlsx_book {
    char sheet[XLSX_NAME_BYTES];  /**< the first one that is not hidden */
    bool from_1904;
    char *texts;                  /**< the shared texts, each with its NUL */
    uint32_t *starts;             /**< where each begins */
    size_t text_count, text_room, texts_used, texts_room;
    uint8_t *dates;               /**< a style shows its number as a date */
    size_t style_count, style_room;
};

/** Read the workbook. Zero-initialise `book`; xlsx_book_free after a fault, too. */
enum sheet_fault xlsx_book_read(struct xlsx_package *package, struct xlsx_book *book);
void xlsx_book_free(struct xlsx_book *book);

/** Whether a number's format shows a date: "yyyy-mm-dd", not "[Red]0.00" or "hh:mm". */
bool xlsx_format_is_date(const char *code);

/** Take the escapes `_xHHHH_` for control characters out of a text, in place. */
void xlsx_unescape(char *text);

#endif
