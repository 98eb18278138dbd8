/* replica: an edit under way: intended writes gathered in one arena. */
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

int edit_add(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, uint32_t group, span key,
             span value)
{
    struct edit_op op = {.scope = *scope, .record = *record, .type = type};

    op.op.group = group;
    op.op.key = arena_copy(&e->arena, key);
    op.op.value = arena_copy(&e->arena, value);
    if (op.op.key.at == NULL || op.op.value.at == NULL)
        return LINLI_E_NOMEM;
    int rv = mem_grow(&e->ops, &e->room, e->count + 1, sizeof(*e->ops));
    if (rv == LINLI_OK)
        e->ops[e->count++] = op;
    return rv;
}

/* A register's value that holds one field. */
static int add_map(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, uint32_t group,
                   linli_field field, span item)
{
    struct buf value = {0};

    write_map(&value, 1);
    write_uint(&value, field);
    write_raw(&value, item);
    int rv = value.failed;
    if (rv == LINLI_OK)
        rv = edit_add(e, scope, record, type, group, (span){NULL, 0}, buf_span(&value));
    buf_free(&value);
    return rv;
}

int edit_life(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type)
{
    static const uint8_t alive[] = {LIFE_VALUE_ALIVE};

    return add_map(e, scope, record, type, GROUP_LIFE, FIELD_LIFE, span_of(alive, sizeof(alive)));
}

int edit_deleted(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type)
{
    static const uint8_t deleted[] = {LIFE_VALUE_DELETED};

    return add_map(e, scope, record, type, GROUP_LIFE, FIELD_LIFE, span_of(deleted, sizeof(deleted)));
}

int edit_field(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field, span item)
{
    const struct linli_schema_type *of = linli_schema_type_by_number(type);
    const struct linli_schema_field *known = of == NULL ? NULL : linli_schema_field_by_number(of, field);

    if (known == NULL)
        return LINLI_E_SCHEMA;
    return add_map(e, scope, record, type, schema_group_of(known), field, item);
}

int edit_text(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field,
              const char *text)
{
    struct buf item = {0};

    write_text(&item, text, strlen(text));
    int rv = item.failed;
    if (rv == LINLI_OK)
        rv = edit_field(e, scope, record, type, field, buf_span(&item));
    buf_free(&item);
    return rv;
}

int edit_uint(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field,
              uint64_t number)
{
    struct buf item = {0};

    write_uint(&item, number);
    int rv = item.failed;
    if (rv == LINLI_OK)
        rv = edit_field(e, scope, record, type, field, buf_span(&item));
    buf_free(&item);
    return rv;
}

int edit_bin(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field, span bytes)
{
    struct buf item = {0};

    write_bin(&item, bytes.at, bytes.size);
    int rv = item.failed;
    if (rv == LINLI_OK)
        rv = edit_field(e, scope, record, type, field, buf_span(&item));
    buf_free(&item);
    return rv;
}

void edit_free(struct edit *e)
{
    arena_free(&e->arena);
    mem_free(e->ops);
    e->ops = NULL;
    e->count = e->room = 0;
}
