// The standard streams: sys.stdin, stdout and stderr, as CPython builds them.
//
// stdout is written out when its buffers are full, at newlines if it is a terminal, and when it is flushed; stderr at
// newlines. What is left at the VM's end is written out by asy_io_finish.
#include <fcntl.h>
#include <unistd.h>

#include "stdlib/host.h"
#include "stdlib/io.h"

// The layers under the text: a buffer, or the raw stream itself where nothing is to be kept back.
static Value bytes_stream(VM *vm, int fd, bool unbuffered)
{
    Value raw = asy_file_io_standard(vm, fd);
    if (asy_is_err(raw) || unbuffered) return raw;
    Type *type = asy_type_ready(vm, fd == 0 ? &asy_buffered_reader_type : &asy_buffered_writer_type);
    Value buffer = type ? asy_call1(vm, asy_from_obj(type), raw) : ASY_ERR;
    asy_release(vm, raw);
    return buffer;
}

static Value text_stream(VM *vm, int fd, const char *errors)
{
    const AsyConfig *c = &asy_host(vm)->config;
    if (!(c->write && fd != 0) && fcntl(fd, F_GETFD) < 0) return ASY_NONE;      // closed when the program began
    bool unbuffered = fd != 0 && c->unbuffered;
    bool lines = fd == 2 || (!c->write && isatty(fd));
    Value buffer = bytes_stream(vm, fd, unbuffered), stream = ASY_ERR;
    Value encoding = asy_is_err(buffer) ? ASY_ERR : asy_from_obj(asy_retain_obj(asy_name(vm, str_utf8)));
    Value handler = asy_is_err(encoding) ? ASY_ERR : asy_str_value(vm, errors);
    Value newline = asy_is_err(handler) ? ASY_ERR : asy_str_value(vm, "\n");
    Value mode = asy_is_err(newline) ? ASY_ERR : asy_str_value(vm, fd == 0 ? "r" : "w");
    if (!asy_is_err(mode)) stream = asy_text_io_new(vm, buffer, encoding, handler, newline, lines, unbuffered);
    if (!asy_is_err(stream) && !asy_setattr(vm, stream, asy_name(vm, mode), mode)) asy_set(vm, &stream, ASY_ERR);
    asy_release(vm, buffer);
    asy_release(vm, encoding);
    asy_release(vm, handler);
    asy_release(vm, newline);
    asy_release(vm, mode);
    return stream;
}

static bool add_stream(VM *vm, int fd, StrObj *name, const char *original, const char *errors)
{
    Value stream = text_stream(vm, fd, errors);
    bool ok = !asy_is_err(stream) && asy_dict_set_str(vm, vm->sys_dict, name, stream) &&
              asy_dict_set_c(vm, vm->sys_dict, original, asy_retain(stream));
    asy_release(vm, stream);
    return ok;
}

bool asy_io_init(VM *vm)
{
    const AsyConfig *c = &asy_host(vm)->config;
    const char *errors = c->encoding_errors ? c->encoding_errors : "strict";
    return add_stream(vm, 0, asy_name(vm, stdin), "__stdin__", errors) && add_stream(vm, 1, asy_name(vm, stdout), "__stdout__", errors) &&
           add_stream(vm, 2, asy_name(vm, stderr), "__stderr__", "backslashreplace");
}

void asy_io_finish(VM *vm)
{
    StrObj *names[] = { asy_name(vm, stdout), asy_name(vm, stderr) };
    for (int i = 0; i < 2; i++) {
        Value v = asy_retain(asy_dict_get_str(vm, vm->sys_dict, names[i]));
        // What script has put there may be closed, or no stream at all.
        if (!asy_absent(v) && !asy_io_do(vm, v, asy_name(vm, flush)) && !asy_error_catch(vm, EXC_ValueError))
            asy_error_unraisable(vm, v, NULL);
        asy_release(vm, v);
        asy_error_clear(vm);
    }
    Value v = asy_retain(asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, __stdout__)));
    if (asy_io_is_exact(v, &asy_text_io_type) && !asy_text_io_flush(vm, v)) asy_error_clear(vm);
    asy_release(vm, v);
}
