/* tests: a text that must stay secret is looked for in files, byte by byte. */
#include "canary.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

bool canary_in(const void *bytes, size_t size, const char *canary)
{
    const char *at = bytes, *first = NULL;
    size_t length = strlen(canary);

    while (size >= length && (first = memchr(at, canary[0], size - length + 1)) != NULL) {
        if (memcmp(first, canary, length) == 0)
            return true;
        size -= (size_t)(first + 1 - at);
        at = first + 1;
    }
    return false;
}

static bool in_file(const char *path, const char *canary)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    ALWAYS(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    ALWAYS(size >= 0 && bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size);
    bool found = canary_in(bytes, (size_t)size, canary);
    free(bytes);
    (void)fclose(file);
    return found;
}

bool canary_in_folder(const char *folder, const char *canary)
{
    DIR *dir = opendir(folder);
    bool found = false;

    ALWAYS(dir != NULL);
    for (const struct dirent *entry = readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        found = canary_in(entry->d_name, strlen(entry->d_name), canary) || in_file(path, canary);
    }
    (void)closedir(dir);
    return found;
}
