#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void print_sentence(const char *format, va_list arguments)
{
    fflush(stdout);
    fputs("flights: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_sentence(format, arguments);
    va_end(arguments);
    exit(EXIT_FAILED);
}

_Noreturn void fail_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_sentence(format, arguments);
    va_end(arguments);
    fputs("Try --help.\n", stderr);
    exit(EXIT_USAGE);
}

void require(fsb_status status, fsb_error **error, const char *doing)
{
    if (status == FSB_STATUS_OK)
        return;
    char message[1024];
    snprintf(message, sizeof message, "%s", *error == NULL ? "no details" : fsb_error_message(*error));
    fsb_error_free(*error);
    fail("cannot %s: %s (%s)", doing, message, fsb_status_name(status));
}

void *require_memory(void *memory)
{
    if (memory == NULL)
        fail("out of memory.");
    return memory;
}
