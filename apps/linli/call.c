/* Command line, calls: to and from JSON. */
#include "call.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *write_strings(char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < count; i++)
        if (json_array_append_new(array, json_string(list[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

char *call_write(size_t argc, char *const *argv, char *const *environment, const char *cwd)
{
    size_t variables = 0;
    while (environment[variables] != NULL)
        variables++;
    json_t *call = json_pack("{s:o?, s:o?, s:s}", "argv", write_strings(argv, argc), "environment",
                             write_strings(environment, variables), "cwd", cwd);
    char *text = call != NULL ? json_dumps(call, JSON_COMPACT) : NULL;
    json_decref(call);
    return text;
}

static void free_strings(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        free(list[i]);
    free(list);
}

static char **read_strings(const json_t *array)
{
    size_t count = json_array_size(array);
    char **list = calloc(count + 1, sizeof(char *));
    for (size_t i = 0; list != NULL && i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        list[i] = strdup(text != NULL ? text : "");
        if (list[i] == NULL) {
            free_strings(list);
            return NULL;
        }
    }
    return list;
}

bool call_read(const char *text, size_t size, struct call_words *words)
{
    json_t *call = size <= CALL_BYTES ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    memset(words, 0, sizeof(*words));
    if (json_is_object(call)) {
        const json_t *argv = json_object_get(call, "argv");
        const char *cwd = json_string_value(json_object_get(call, "cwd"));
        words->argc = json_array_size(argv);
        words->argv = read_strings(argv);
        words->environment = read_strings(json_object_get(call, "environment"));
        words->cwd = strdup(cwd != NULL ? cwd : "/");
    }
    json_decref(call);
    if (words->argv != NULL && words->environment != NULL && words->cwd != NULL)
        return true;
    call_words_free(words);
    return false;
}

void call_words_free(struct call_words *words)
{
    free_strings(words->argv);
    free_strings(words->environment);
    free(words->cwd);
    memset(words, 0, sizeof(*words));
}
