/* Command line, sample: how records are put into the town; the schema's own names lead to its numbers. */
#include "sample_town.h"

#include <string.h>

#include "store_open.h"

static const struct linli_schema_type *type_named(struct town *town, const char *name, size_t *at)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    for (size_t i = 0; i < count && i < TOWN_TYPES; i++)
        if (strcmp(types[i].name, name) == 0) {
            *at = i;
            return &types[i];
        }
    batch_fail(&town->batch, LINLI_E_SCHEMA);
    return NULL;
}

static void set(struct town *town, const struct linli_schema_type *type, const linli_id *id, const struct put *put)
{
    const struct linli_schema_field *field = linli_schema_field_by_name(type, put->field);
    const linli_span none = {NULL, 0};
    if (field == NULL)
        batch_fail(&town->batch, LINLI_E_SCHEMA);
    else if (field->rule == LINLI_SET)
        batch_add(&town->batch, id, none, field->number, put->value);
    else
        batch_set(&town->batch, id, none, field->number, put->value);
}

void town_put(struct town *town, const linli_id *scope, const char *type, const struct put *puts, linli_id *id)
{
    size_t at = 0;
    const struct linli_schema_type *of = type_named(town, type, &at);
    memset(id, 0, sizeof(*id));
    if (of == NULL)
        return;
    batch_create(&town->batch, scope, of->number, id);
    for (; puts->field != NULL; puts++)
        set(town, of, id, puts);
    town->made[at]++;
}

void town_set(struct town *town, const char *type, const linli_id *id, const char *field, struct linli_value value)
{
    size_t at = 0;
    const struct linli_schema_type *of = type_named(town, type, &at);
    const struct put put = {field, value};
    if (of != NULL)
        set(town, of, id, &put);
}

bool town_draw(struct town *town, uint32_t in_thousand)
{
    return sample_draw(&town->sample, 1000) < in_thousand;
}

const char *town_pick(struct town *town, const char *const *texts, uint32_t count)
{
    return texts[sample_draw(&town->sample, count)];
}

int64_t town_now_ms(void)
{
    return (int64_t)store_now_ms();
}

struct linli_value town_day(int64_t days, char *out)
{
    dates_write_time(town_now_ms() + days * INT64_C(86400000), out);
    return linli_text_span(out, 10);
}
