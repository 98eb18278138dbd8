/* session: walking a message's map. */
#include "session/fields.h"

#include <linli/error.h>

void fields_start(struct fields *f, span map)
{
    *f = (struct fields){0};
    reader_start(&f->r, map);
    f->left = reader_map(&f->r, LIMIT_MESSAGE_ITEMS);
}

bool fields_next(struct fields *f, uint64_t *key)
{
    if (f->left == 0 || f->r.failed != LINLI_OK)
        return false;
    f->left--;
    *key = reader_uint(&f->r, UINT64_MAX);
    if (f->r.failed != LINLI_OK)
        return false;
    if (*key < 32)
        f->met |= FIELD(*key);
    return true;
}

void fields_skip(struct fields *f)
{
    reader_skip(&f->r);
}

void fields_list(struct fields *f, struct list *list)
{
    /* A message was scanned, and holds less; our own details are as long as what we hold. */
    list->count = reader_array(&f->r, UINT32_MAX);
    list->at = f->r;
}

void fields_walked(struct fields *f, const struct list *walked)
{
    f->r = walked->at;
}

int fields_end(struct fields *f, unsigned wanted)
{
    int rv = reader_end(&f->r);
    if (rv != LINLI_OK)
        return rv;
    return (f->met & wanted) == wanted ? LINLI_OK : LINLI_E_FORMAT;
}

void read_author(struct reader *r, linli_author *out)
{
    uint8_t bytes[AUTHOR_BYTES];

    reader_fixed(r, bytes, sizeof(bytes));
    author_decode(bytes, out);
}

void write_author(struct buf *out, const linli_author *author)
{
    uint8_t bytes[AUTHOR_BYTES];

    author_encode(author, bytes);
    write_bin(out, bytes, sizeof(bytes));
}
