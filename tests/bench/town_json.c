/* bench: the town as lines of JSON, for peers in other languages: patch, record, fields; then the changes of W2, side by side. */
#include <stdio.h>

#include "bench.h"
#include "codec/reader.h"
#include "town.h"

static void value_print(span item)
{
    struct reader r;

    reader_start(&r, item);
    switch (reader_peek(&r)) {
    case ITEM_TEXT: {
        span text = reader_text(&r, TOWN_VALUE_BYTES);
        printf("\"%.*s\"", (int)text.size, (const char *)text.at);
        break;
    }
    case ITEM_BIN: {
        span bytes = reader_bin(&r, sizeof(linli_id));
        printf("\"");
        for (size_t i = 0; i < bytes.size; i++)
            printf("%02x", bytes.at[i]);
        printf("\"");
        break;
    }
    default: printf("%llu", (unsigned long long)reader_uint(&r, UINT64_MAX)); break;
    }
}

static void record_print(const struct town *t, size_t record)
{
    linli_id id;

    town_record_id(record, &id);
    printf("{\"patch\": %zu, \"record\": %zu, \"id\": \"", record / (t->households * TOWN_RECORDS_EACH), record);
    for (size_t i = 0; i < sizeof(id.b); i++)
        printf("%02x", id.b[i]);
    printf("\", \"fields\": {");
    for (size_t i = 0; i < town_fields(record); i++) {
        struct buf value = {0};
        printf("%s\"%u\": ", i == 0 ? "" : ", ", town_field(record, i, &value));
        value_print(buf_span(&value));
        buf_free(&value);
    }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    struct town t = {argument(argc, argv, 1, TOWN_PATCHES), argument(argc, argv, 2, TOWN_HOUSEHOLDS), false};

    for (size_t record = 0; record < town_records(&t); record++)
        record_print(&t, record);
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < W2_EACH; i++) {
            struct town_change change = town_change(&t, side, i);
            printf("{\"side\": %u, \"record\": %zu, \"field\": %u}\n", side, change.record, change.field);
        }
    return 0;
}
