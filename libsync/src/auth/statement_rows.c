/* auth: the arrays in a statement: rows that rise, none twice. Written sorted, read in order, looked up in place. */
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

int rows_sort(void *rows, size_t count, const struct row_form *form)
{
    const uint8_t *at = rows;

    if (count > 1)
        qsort(rows, count, form->size, form->compare);
    for (size_t i = 1; i < count; i++)
        if (form->compare(at + (i - 1) * form->size, at + i * form->size) == 0)
            return LINLI_E_ARG;
    return LINLI_OK;
}

void rows_write(struct buf *out, const void *rows, size_t count, const struct row_form *form)
{
    write_array(out, count);
    for (size_t i = 0; i < count; i++)
        form->write(out, (const uint8_t *)rows + i * form->size);
}

span rows_read(struct reader *r, const struct row_form *form)
{
    struct reader rows = *r;
    span all = reader_item(r);
    union row last = {.item = {.seq = 0}}, row = last;
    size_t count = reader_array(&rows, SIZE_MAX);

    for (size_t i = 0; i < count && rows.failed == LINLI_OK; i++) {
        form->read(&rows, &row);
        if (i > 0 && form->compare(&last, &row) >= 0)
            reader_fail(&rows);
        last = row;
    }
    if (rows.failed != LINLI_OK)
        reader_fail(r);
    return all;
}

bool rows_find(span all, const struct row_form *form, bool (*match)(const void *row, const void *sought), const void *sought,
               void *out)
{
    struct reader rows;
    union row row = {.item = {.seq = 0}};

    reader_start(&rows, all);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        form->read(&rows, &row);
        if (match(&row, sought)) {
            memcpy(out, &row, form->size);
            return true;
        }
    }
    return false;
}
