/* tests: finds and loads vector files. */
#include "vectors.h"
#include "base/ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *load(const char *folder, const char *path)
{
    char whole[4096];
    json_error_t error;

    snprintf(whole, sizeof(whole), "%s/%s", folder, path);
    json_t *root = json_load_file(whole, 0, &error);
    if (root == NULL)
        fprintf(stderr, "%s:%d: %s\n", whole, error.line, error.text);
    return root;
}

json_t *vectors_shared(const char *path)
{
    char whole[4096];

    snprintf(whole, sizeof(whole), "%s/%s", LINLI_SHARED_DATA, path);
    if (access(whole, R_OK) != 0) {
        printf("SKIP %s: the shared data folder does not hold it\n", path);
        return NULL;
    }
    return load(LINLI_SHARED_DATA, path);
}

json_t *vectors_own(const char *path)
{
    return load(LINLI_SOURCE_DIR, path);
}

const char *vector_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

bool vector_unhex(const char *text, struct buf *out)
{
    char pair[2];
    size_t digits = 0;

    buf_clear(out);
    for (; *text != '\0'; text++) {
        uint8_t byte;
        if (*text == '-')
            continue;
        pair[digits++ % 2] = *text;
        if (digits % 2 != 0)
            continue;
        if (hex_decode(pair, 2, &byte, 1) != 0 || buf_byte(out, byte) != 0)
            return false;
    }
    return digits % 2 == 0;
}

bool vector_hex(const json_t *object, const char *key, struct buf *out)
{
    return json_is_string(json_object_get(object, key)) && vector_unhex(vector_text(object, key), out);
}
