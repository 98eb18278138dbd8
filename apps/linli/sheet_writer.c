/*
 * Command line, tables out: CSV through csv_writer; XLSX through libxlsxwriter, which keeps a row in memory and the others in files
 * without names. All cells are text, for an identity number is no number and a date before 1900 no date of a spreadsheet.
 */
#include "sheet_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "clean.h"
#include "csv_writer.h"
#include "fail.h"
#include "output.h"
#include "sheet.h"
#include "spool.h"
#include "store_open.h"

enum { WIDTH_LEAST = 6, WIDTH_MOST = 40, WIDTH_ASIDE = 4, FORMAT_TEXT = 49, PATH_BYTES = 48, GREY = 0x999999 };

struct sheet_writer {
    struct context *ctx;
    FILE **out;
    lxw_workbook *book; /* NULL: CSV */
    lxw_worksheet *sheet;
    lxw_format *plain, *bold, *grey;
    int fd;             /* of the XLSX file while it is made */
    size_t columns, at, row;
    bool digits[SHEET_WRITER_COLUMNS], aside;
    size_t width[SHEET_WRITER_COLUMNS];
    lxw_error failed;
};

/* ---- XLSX ---- */

static bool book_open(struct sheet_writer *writer)
{
    char path[PATH_BYTES];
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .use_zip64 = LXW_FALSE};
    options.tmpdir = (char *)(uintptr_t)spool_folder(writer->ctx); /* its type lacks the const that its contract keeps */
    lxw_doc_properties about = {.created = (time_t)(store_now_ms() / 1000)};
    if (access(options.tmpdir, W_OK | X_OK) != 0) /* the library would go on in another folder, and not say so */
        return false;
    writer->fd = spool_file();
    if (writer->fd < 0)
        return false;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", writer->fd); /* it has no name of its own */
    writer->book = workbook_new_opt(path, &options);
    writer->sheet = writer->book != NULL ? workbook_add_worksheet(writer->book, NULL) : NULL;
    writer->plain = writer->sheet != NULL ? workbook_add_format(writer->book) : NULL;
    writer->bold = writer->plain != NULL ? workbook_add_format(writer->book) : NULL;
    writer->grey = writer->bold != NULL ? workbook_add_format(writer->book) : NULL;
    if (writer->grey == NULL)
        return false;
    lxw_format *const formats[] = {writer->plain, writer->bold, writer->grey};
    for (size_t i = 0; i < 3; i++)
        format_set_num_format_index(formats[i], FORMAT_TEXT);
    format_set_bold(writer->bold);
    format_set_font_color(writer->grey, GREY);
    worksheet_freeze_panes(writer->sheet, 1, 0);
    return workbook_set_properties(writer->book, &about) == LXW_NO_ERROR;
}

/* What may stand in XML: the bytes of no character, U+FFFE and U+FFFF may not. In place. */
static void xml_clean(char *text)
{
    while (*text != '\0') {
        const char *next = text;
        uint32_t c = clean_next(&next);
        size_t size = (size_t)(next - text);
        if (c == 0xFFFE || c == 0xFFFF || (c == CLEAN_BROKEN && size == 1))
            memset(text, '?', size);
        text += size;
    }
}

static void book_cell(struct sheet_writer *writer, const char *text, lxw_format *format)
{
    bool guarded = sheet_formula_like(text);
    size_t size = strlen(text) + 2;
    char *copy = malloc(size);
    if (copy == NULL) {
        writer->failed = LXW_ERROR_MEMORY_MALLOC_FAILED;
        return;
    }
    snprintf(copy, size, "%s%s", guarded ? "'" : "", text);
    xml_clean(copy);
    size_t width = output_width(copy);
    if (width > writer->width[writer->at])
        writer->width[writer->at] = width;
    lxw_error rc = worksheet_write_string(writer->sheet, (lxw_row_t)writer->row, (lxw_col_t)writer->at, copy, format);
    writer->failed = writer->failed == LXW_NO_ERROR ? rc : writer->failed;
    free(copy);
}

static void book_widths(struct sheet_writer *writer)
{
    for (size_t i = 0; i < writer->columns; i++) {
        bool aside = writer->aside && i + 1 == writer->columns;
        size_t width = writer->width[i] + 2 < WIDTH_MOST ? writer->width[i] + 2 : WIDTH_MOST;
        width = width > WIDTH_LEAST ? width : WIDTH_LEAST;
        worksheet_set_column(writer->sheet, (lxw_col_t)i, (lxw_col_t)i, aside ? WIDTH_ASIDE : (double)width,
                             aside ? writer->grey : writer->plain);
    }
    if (writer->row > 1 && writer->columns > 0)
        worksheet_autofilter(writer->sheet, 0, 0, (lxw_row_t)(writer->row - 1), (lxw_col_t)(writer->columns - 1));
}

static int folder_fault(struct context *ctx, int why)
{
    return fail(ctx, STATUS_FAILED, "$TMPDIR", _("free some space there or name another folder"), "%s", strerror(why));
}

static int book_fault(struct sheet_writer *writer, lxw_error failed)
{
    if (failed == LXW_ERROR_MEMORY_MALLOC_FAILED)
        return fail_memory(writer->ctx);
    if (failed == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED || failed == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE)
        return fail(writer->ctx, STATUS_FAILED, "xlsx", _("use --format csv or jsonl"), "%s",
                    _("a value or the table is larger than a spreadsheet takes"));
    return folder_fault(writer->ctx, errno != 0 ? errno : EIO);
}

static int copy_out(struct sheet_writer *writer)
{
    char piece[4096];
    ssize_t size = 0;
    if (lseek(writer->fd, 0, SEEK_SET) != 0)
        return folder_fault(writer->ctx, errno);
    while ((size = read(writer->fd, piece, sizeof(piece))) > 0)
        if (fwrite(piece, 1, (size_t)size, *writer->out) != (size_t)size)
            return STATUS_DONE; /* whoever flushes the stream sees its error */
    return size < 0 ? folder_fault(writer->ctx, errno) : STATUS_DONE;
}

/* ---- both ---- */

struct sheet_writer *sheet_writer_open(struct context *ctx, FILE **out, bool xlsx, int *status)
{
    struct sheet_writer *writer = calloc(1, sizeof(*writer));
    *status = STATUS_DONE;
    if (writer == NULL) {
        *status = fail_memory(ctx);
        return NULL;
    }
    writer->ctx = ctx;
    writer->out = out;
    writer->fd = -1;
    errno = 0;
    if (xlsx && !book_open(writer)) {
        *status = folder_fault(ctx, errno != 0 ? errno : ENOMEM);
        sheet_writer_drop(writer);
        return NULL;
    }
    if (!xlsx)
        csv_write_begin(*out);
    return writer;
}

static void put(struct sheet_writer *writer, const char *text, lxw_format *format)
{
    if (writer->book != NULL)
        book_cell(writer, text, format);
    else if (writer->row > 0 && writer->digits[writer->at])
        csv_write_digits(*writer->out, text, writer->at == 0);
    else
        csv_write_cell(*writer->out, text, writer->at == 0);
}

void sheet_writer_column(struct sheet_writer *writer, const char *heading, bool digits)
{
    if (writer->columns == SHEET_WRITER_COLUMNS) {
        writer->failed = LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE;
        return;
    }
    writer->digits[writer->columns] = digits;
    writer->at = writer->columns++;
    put(writer, heading, writer->bold);
}

void sheet_writer_aside(struct sheet_writer *writer)
{
    writer->aside = true;
}

static void row_end(struct sheet_writer *writer)
{
    if (writer->book == NULL)
        csv_write_end(*writer->out);
    writer->row++;
    writer->at = 0;
}

void sheet_writer_head(struct sheet_writer *writer)
{
    row_end(writer);
}

void sheet_writer_cell(struct sheet_writer *writer, const char *text)
{
    bool aside = writer->aside && writer->at + 1 == writer->columns;
    put(writer, text, aside ? writer->grey : writer->plain);
    if (++writer->at == writer->columns)
        row_end(writer);
}

int sheet_writer_close(struct sheet_writer *writer)
{
    int status = STATUS_DONE;
    lxw_error failed = writer->failed;
    if (writer->book != NULL) {
        book_widths(writer);
        errno = 0;
        lxw_error closed = workbook_close(writer->book); /* which frees it, too */
        writer->book = NULL;
        failed = failed == LXW_NO_ERROR ? closed : failed;
        status = failed != LXW_NO_ERROR ? book_fault(writer, failed) : copy_out(writer);
    } else if (failed != LXW_NO_ERROR) {
        status = book_fault(writer, failed);
    }
    sheet_writer_drop(writer);
    return status;
}

void sheet_writer_drop(struct sheet_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->book != NULL)
        lxw_workbook_free(writer->book);
    if (writer->fd >= 0)
        close(writer->fd);
    free(writer);
}
