/** Command line, XLSX: the package, and its parts read through expat a piece at a time, each under its caps. */
#ifndef LINLI_APP_XLSX_PART_H
#define LINLI_APP_XLSX_PART_H

#include "sheet.h"

enum {
    XLSX_ENTRIES = 10000,
    XLSX_PART_BYTES = 1024 * 1024 * 1024, /**< unpacked: a full sheet of a hundred columns */
    XLSX_RATIO = 250,                     /**< unpacked to packed: what spreadsheets write stays below 100 */
    XLSX_FREE_BYTES = 1024 * 1024,        /**< unpacked so far, no ratio is asked for */
    XLSX_TOKEN_BYTES = 256 * 1024,        /**< one tag with its attributes */
    XLSX_DEPTH = 64,
    XLSX_NAME_BYTES = 256
};

struct xlsx_package;
/** Args: data  lent until xlsx_close */
enum sheet_fault xlsx_open(const char *data, size_t size, struct xlsx_package **out);
void xlsx_close(struct xlsx_package *package); /**< accepts NULL */

/** One reading of a part. Set the functions (`text` may be NULL), `at`, zero the rest. Names come without their prefix. */
struct xlsx_part {
    void (*start)(struct xlsx_part *part, const char *name, const char **attributes);
    void (*end)(struct xlsx_part *part, const char *name);
    void (*text)(struct xlsx_part *part, const char *text, size_t size);
    void *at;
    void *parser;
    unsigned depth;
    uint64_t done, total;   /**< bytes unpacked so far, and in all as the package says */
    enum sheet_fault fault; /**< the first one */
};
/** Read a part by name. `*missing` (may be NULL: then it is SHEET_BROKEN) says that there is none. */
enum sheet_fault xlsx_read(struct xlsx_package *package, const char *name, struct xlsx_part *part, bool *missing);
/** From a handler: read no further. */
void xlsx_stop(struct xlsx_part *part, enum sheet_fault fault);

/** Returns: the value of an attribute by its name without prefix; NULL when there is none. */
const char *xlsx_attribute(const char **attributes, const char *name);
/** "1", "true" and "on" are true. */
bool xlsx_flag(const char *value);

#endif
