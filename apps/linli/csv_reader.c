/* Command line, CSV: libcsv over the whole file, each cell decoded on its own so that one bad cell spoils one row. */
#include "csv_reader.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    sheet_row_fn fn;
    void *ctx;
    iconv_t from_gb;          /* (iconv_t)-1 when the file is UTF-8 */
    char *text;               /* the row's cells, one after the other */
    size_t used;
    size_t starts[SHEET_COLUMNS];
    char *cells[SHEET_COLUMNS];
    struct sheet_row row;
    enum sheet_fault fault;
    uint64_t fed;
};

bool csv_is_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    while (at < end) {
        uint32_t c = *at++;
        size_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 9;
        if (more == 9 || (size_t)(end - at) < more)
            return false;
        c &= more == 0 ? 0x7Fu : 0x3Fu >> more;
        for (size_t i = 0; i < more; i++, at++) {
            if ((*at & 0xC0) != 0x80)
                return false;
            c = c << 6 | (*at & 0x3Fu);
        }
        if ((more == 2 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) || (more == 3 && (c < 0x10000 || c > 0x10FFFF)))
            return false;
    }
    return true;
}

static bool is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/* Append one cell as UTF-8; false when its bytes are in neither encoding (the cell is then left empty). */
static bool decode(struct reader *reader, const char *text, size_t size)
{
    char *out = reader->text + reader->used;
    if (reader->from_gb == (iconv_t)-1 || is_ascii(text, size)) {
        if (!csv_is_utf8(text, size))
            return false;
        memcpy(out, text, size);
        reader->used += size;
        return true;
    }
    char *in = (char *)(uintptr_t)text; /* iconv's type lacks the const that its contract keeps */
    size_t room = 2 * size;             /* two GB18030 bytes make at most three of UTF-8, four make four */
    iconv(reader->from_gb, NULL, NULL, NULL, NULL);
    if (iconv(reader->from_gb, &in, &size, &out, &room) == (size_t)-1)
        return false;
    reader->used = (size_t)(out - reader->text);
    return true;
}

static void on_cell(void *at, size_t size, void *ctx)
{
    struct reader *reader = ctx;
    struct sheet_row *row = &reader->row;
    if (reader->fault != SHEET_GOOD)
        return;
    if (row->count == SHEET_COLUMNS || size > SHEET_CELL_BYTES || reader->used + 2 * size + 1 > SHEET_ROW_BYTES) {
        reader->fault = SHEET_TOO_LARGE;
        return;
    }
    size_t start = reader->used;
    reader->starts[row->count++] = start;
    if (!decode(reader, at, size)) {
        reader->used = start;
        row->bad = row->bad != 0 ? row->bad : row->count;
    }
    size = reader->used - start;
    reader->text[start + size] = '\0';
    sheet_trim(reader->text + start, &size);
    reader->used = start + size + 1;
}

static void on_row(int mark, void *ctx)
{
    struct reader *reader = ctx;
    struct sheet_row *row = &reader->row;
    (void)mark;
    if (reader->fault != SHEET_GOOD)
        return;
    if (row->number++ == SHEET_ROWS) {
        reader->fault = SHEET_TOO_LARGE;
        return;
    }
    for (size_t i = 0; i < row->count; i++)
        reader->cells[i] = reader->text + reader->starts[i];
    row->cells = reader->cells;
    row->offset = reader->fed;
    bool blank = true;
    for (size_t i = 0; i < row->count; i++)
        blank = blank && reader->cells[i][0] == '\0';
    if ((!blank || row->bad != 0) && !reader->fn(reader->ctx, row))
        reader->fault = SHEET_STOPPED;
    row->count = row->bad = reader->used = 0;
}

/* Every line end becomes one LF, so that libcsv reports each row once and blank rows are counted. */
static size_t unify_lines(char *data, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\r' && i + 1 < size && data[i + 1] == '\n')
            continue;
        data[kept++] = data[i] == '\r' ? '\n' : data[i];
    }
    return kept;
}

static unsigned char find_delimiter(const char *line, size_t size)
{
    size_t counts[3] = {0};
    static const char marks[] = ",\t;";
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        quoted = line[i] == '"' ? !quoted : quoted;
        for (size_t m = 0; m < 3 && !quoted; m++)
            counts[m] += line[i] == marks[m] ? 1 : 0;
    }
    size_t most = 0;
    for (size_t m = 1; m < 3; m++)
        most = counts[m] > counts[most] ? m : most;
    return (unsigned char)marks[most];
}

/* Fed in pieces so that a row's offset says how far the file has been read. */
static void feed(struct reader *reader, struct csv_parser *parser, const char *data, size_t size)
{
    enum { PIECE = 64 * 1024 };
    for (size_t at = 0; at < size && reader->fault == SHEET_GOOD;) {
        size_t piece = size - at < PIECE ? size - at : PIECE;
        reader->fed = at + piece;
        if (csv_parse(parser, data + at, piece, on_cell, on_row, reader) != piece)
            reader->fault = csv_error(parser) == CSV_ENOMEM ? SHEET_NO_MEMORY : SHEET_NOT_TEXT;
        if (csv_get_buffer_size(parser) > (size_t)4 * SHEET_CELL_BYTES)
            reader->fault = reader->fault == SHEET_GOOD ? SHEET_OPEN_QUOTE : reader->fault;
        at += piece;
    }
    /* One more line end makes a row, a blank one at least, unless it lies within quotation marks. */
    size_t rows = reader->row.number;
    if (reader->fault == SHEET_GOOD && csv_parse(parser, "\n", 1, on_cell, on_row, reader) != 1)
        reader->fault = SHEET_NO_MEMORY;
    if (reader->fault == SHEET_GOOD && reader->row.number == rows)
        reader->fault = SHEET_OPEN_QUOTE;
}

static bool in_gb18030(const char *data, size_t size, bool marked)
{
    const char *line_end = memchr(data, '\n', size);
    size_t line = line_end != NULL ? (size_t)(line_end - data) : size;
    if (marked)
        return false;
    return is_ascii(data, line) ? !csv_is_utf8(data, size) : !csv_is_utf8(data, line);
}

/* Bytes that a row's cells may take: of a small file, no more than it can fill. */
static size_t row_room(size_t size)
{
    return size < (SHEET_ROW_BYTES - SHEET_COLUMNS) / 2 ? 2 * size + SHEET_COLUMNS : SHEET_ROW_BYTES;
}

enum sheet_fault csv_each(char *data, size_t size, sheet_row_fn fn, void *ctx)
{
    struct csv_parser parser;
    bool marked = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0;
    if (size == 0 || memchr(data, '\0', size) != NULL)
        return SHEET_NOT_TEXT;
    if (marked) {
        data += 3;
        size -= 3;
    }
    size = unify_lines(data, size);
    struct reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL || (reader->text = malloc(row_room(size) + 1)) == NULL ||
        csv_init(&parser, CSV_REPALL_NL) != 0) {
        free(reader != NULL ? reader->text : NULL);
        free(reader);
        return SHEET_NO_MEMORY;
    }
    reader->fn = fn;
    reader->ctx = ctx;
    reader->from_gb = in_gb18030(data, size, marked) ? iconv_open("UTF-8", "GB18030") : (iconv_t)-1;
    csv_set_blk_size(&parser, 4096);
    const char *line_end = memchr(data, '\n', size);
    csv_set_delim(&parser, find_delimiter(data, line_end != NULL ? (size_t)(line_end - data) : size));
    feed(reader, &parser, data, size);
    enum sheet_fault fault = reader->fault == SHEET_GOOD && size == 0 ? SHEET_NOT_TEXT : reader->fault;
    if (reader->from_gb != (iconv_t)-1)
        iconv_close(reader->from_gb);
    csv_free(&parser);
    free(reader->text);
    free(reader);
    return fault;
}

enum sheet_fault csv_load(const char *path, char **data, size_t *size)
{
    struct stat about;
    enum sheet_fault fault = SHEET_UNREADABLE;
    char *buffer = NULL;
    size_t used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0)
        goto done;
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        goto done;
    }
    fault = SHEET_TOO_LARGE;
    if (S_ISREG(about.st_mode) && about.st_size > SHEET_FILE_BYTES)
        goto done;
    for (size_t room = 0;;) {
        if (used == room) {
            room = room == 0 ? 1 << 16 : room * 2;
            char *larger = room <= 2 * (size_t)SHEET_FILE_BYTES ? realloc(buffer, room) : NULL;
            fault = SHEET_NO_MEMORY;
            if (larger == NULL)
                goto done;
            buffer = larger;
        }
        ssize_t got = read(fd, buffer + used, room - used);
        fault = SHEET_UNREADABLE;
        if (got < 0)
            goto done;
        if (got == 0)
            break;
        used += (size_t)got;
        fault = SHEET_TOO_LARGE;
        if (used > SHEET_FILE_BYTES)
            goto done;
    }
    *data = buffer;
    *size = used;
    buffer = NULL;
    fault = SHEET_GOOD;

done:
    if (fd >= 0) {
        int why = errno;
        close(fd);
        errno = why;
    }
    free(buffer);
    return fault;
}
