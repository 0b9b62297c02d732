// The time module. Clocks are asked from the VM's scheduler; calendars come from the C library.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "stdlib/lib.h"
#include "stdlib/structseq.h"

static const Scheduler *sched(VM *vm) { return &vm->scheduler; }
static Value seconds(int64_t ns) { return asy_from_double((double)ns / 1e9); }

#define CLOCK(name, field)                                                                                    \
    static Value time_##name(VM *vm, Args a) { return (void)a, seconds(sched(vm)->field(sched(vm)->ud)); }    \
    static Value time_##name##_ns(VM *vm, Args a) { return (void)a, asy_int_from_i64(vm, sched(vm)->field(sched(vm)->ud)); }
CLOCK(time, wall_ns)
CLOCK(monotonic, monotonic_ns)
CLOCK(process_time, cpu_ns)
CLOCK(thread_time, thread_cpu_ns)

static Value time_sleep(VM *vm, Args a)
{
    double s;
    int64_t ns;
    if (asy_is_integer(vm, a.v[0])) {
        int64_t n;
        if (!asy_to_i64(vm, a.v[0], &n) || n > INT64_MAX / 1000000000) {
            asy_error_clear(vm);
            return asy_raise(vm, EXC_OverflowError, "timestamp too large to convert to C PyTime_t");
        }
        ns = n * 1000000000;
    } else {
        if (!asy_to_double(vm, a.v[0], &s)) return ASY_ERR;
        if (isnan(s)) return asy_raise(vm, EXC_ValueError, "Invalid value NaN (not a number)");
        if (s > 9e9) return asy_raise(vm, EXC_OverflowError, "timestamp too large to convert to C PyTime_t");
        ns = (int64_t)ceil(s * 1e9);
    }
    if (ns < 0) return asy_raise(vm, EXC_ValueError, "sleep length must be non-negative");
    const Scheduler *c = sched(vm);
    int64_t end = c->monotonic_ns(c->ud) + ns;
    for (;;) {      // a signal ends the system's sleep: its handler runs, then the rest is slept (PEP 475)
        Thread *th = vm->thread;
        if (vm->lock_release) vm->lock_release(vm);
        c->sleep_ns(c->ud, ns);
        if (vm->lock_acquire) vm->lock_acquire(vm, th);
        if (!asy_check_pending(vm)) return ASY_ERR;
        ns = end - c->monotonic_ns(c->ud);
        if (ns <= 0) return ASY_NONE;
    }
}

// -- struct_time

static const MemberDef tm_fields[] = {
    STRUCTSEQ_FIELD(0, "tm_year", "year, for example, 1993"), STRUCTSEQ_FIELD(1, "tm_mon", "month of year, range [1, 12]"),
    STRUCTSEQ_FIELD(2, "tm_mday", "day of month, range [1, 31]"), STRUCTSEQ_FIELD(3, "tm_hour", "hours, range [0, 23]"),
    STRUCTSEQ_FIELD(4, "tm_min", "minutes, range [0, 59]"), STRUCTSEQ_FIELD(5, "tm_sec", "seconds, range [0, 61])"),
    STRUCTSEQ_FIELD(6, "tm_wday", "day of week, range [0, 6], Monday is 0"),
    STRUCTSEQ_FIELD(7, "tm_yday", "day of year, range [1, 366]"),
    STRUCTSEQ_FIELD(8, "tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"), { 0 },
};
// What is no item of the tuple is computed: the zone of a local time.
static Value tm_zone(VM *vm, Value self);
static Value tm_gmtoff(VM *vm, Value self);
static const GetSetDef tm_getset[] = {
    { "tm_zone", tm_zone, NULL, "abbreviation of timezone name" },
    { "tm_gmtoff", tm_gmtoff, NULL, "offset from UTC in seconds" }, { 0 },
};
static const TypeDef tm_type = {
    .name = "time.struct_time", .base = &asy_tuple_type, .members = tm_fields, .getset = tm_getset,
    .doc = "The time value as returned by gmtime(), localtime(), and strptime(), and accepted by asctime(), mktime() and strftime().",
    .slots = { .repr = asy_structseq_repr, .new = asy_structseq_new },
};

static Value from_tm(VM *vm, const struct tm *t)
{
    int n[] = { t->tm_year + 1900, t->tm_mon + 1, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec, (t->tm_wday + 6) % 7,
                t->tm_yday + 1, t->tm_isdst };
    Value v[9];
    for (int i = 0; i < 9; i++) v[i] = asy_from_small(n[i]);
    return asy_structseq_make(vm, &tm_type, v, 9);
}

// A struct_time or a tuple of nine as struct tm, checked as CPython does.
static bool to_tm(VM *vm, Value v, struct tm *out)
{
    if (!asy_is_tuple(vm, v)) {
        asy_raise(vm, EXC_TypeError, "Tuple or struct_time argument required");
        return false;
    }
    TupleObj *t = asy_as_tuple(v);
    if (t->size != 9) {
        asy_raise(vm, EXC_TypeError, "function takes exactly 9 arguments (%zu given)", t->size);
        return false;
    }
    int64_t n[9];
    for (int i = 0; i < 9; i++) {
        if (!asy_to_i64(vm, t->items[i], &n[i])) return false;
    }
    memset(out, 0, sizeof *out);
    if (n[0] < INT32_MIN + 1900 || n[0] > INT32_MAX) {
        asy_raise(vm, EXC_OverflowError, "year out of range");
        return false;
    }
    out->tm_year = (int)(n[0] - 1900);
    out->tm_mon = (int)n[1] - 1;
    out->tm_mday = (int)n[2];
    out->tm_hour = (int)n[3];
    out->tm_min = (int)n[4];
    out->tm_sec = (int)n[5];
    out->tm_wday = (int)((n[6] + 1) % 7);
    out->tm_yday = (int)n[7] - 1;
    out->tm_isdst = (int)n[8];
    return true;
}

static bool check_tm(VM *vm, struct tm *t)
{
    if (t->tm_mon == -1) t->tm_mon = 0;
    if (t->tm_mday == 0) t->tm_mday = 1;
    if (t->tm_yday == -1) t->tm_yday = 0;
    const char *wrong = t->tm_mon < 0 || t->tm_mon > 11     ? "month"
                        : t->tm_mday < 0 || t->tm_mday > 31 ? "day of month"
                        : t->tm_hour < 0 || t->tm_hour > 23 ? "hour"
                        : t->tm_min < 0 || t->tm_min > 59   ? "minute"
                        : t->tm_sec < 0 || t->tm_sec > 61   ? "seconds"
                        : t->tm_wday < 0                    ? "day of week"
                        : t->tm_yday < 0 || t->tm_yday > 365 ? "day of year"
                                                             : NULL;
    if (!wrong) return true;
    asy_raise(vm, EXC_ValueError, "%s out of range", wrong);
    return false;
}

static bool to_time_t(VM *vm, Value v, time_t *out)
{
    if (asy_absent(v)) {
        int64_t ns = sched(vm)->wall_ns(sched(vm)->ud);
        *out = (time_t)(ns / 1000000000 - (ns % 1000000000 < 0));
        return true;
    }
    if (asy_is_floating(vm, v)) {
        double d = floor(asy_float_value(v));
        if (isnan(d)) return (void)asy_raise(vm, EXC_ValueError, "Invalid value NaN (not a number)"), false;
        if (d < -9.2e18 || d > 9.2e18) return (void)asy_raise(vm, EXC_OverflowError, "timestamp out of range for platform time_t"), false;
        *out = (time_t)d;
        return true;
    }
    int64_t n;
    if (!asy_to_i64(vm, v, &n)) return false;
    *out = (time_t)n;
    return true;
}

static Value time_localtime(VM *vm, Args a)
{
    time_t t;
    struct tm tm;
    if (!to_time_t(vm, a.v[0], &t)) return ASY_ERR;
    if (!localtime_r(&t, &tm)) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return from_tm(vm, &tm);
}
static Value time_gmtime(VM *vm, Args a)
{
    time_t t;
    struct tm tm;
    if (!to_time_t(vm, a.v[0], &t)) return ASY_ERR;
    if (!gmtime_r(&t, &tm)) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return from_tm(vm, &tm);
}
static bool local_of(VM *vm, Value self, struct tm *tm)
{
    if (!to_tm(vm, self, tm)) return false;
    time_t t = mktime(tm);
    return localtime_r(&t, tm) != NULL;
}
static Value tm_zone(VM *vm, Value self)
{
    struct tm tm;
    if (!local_of(vm, self, &tm)) return asy_error_clear(vm), ASY_NONE;
    return asy_str_value(vm, tm.tm_zone);
}
static Value tm_gmtoff(VM *vm, Value self)
{
    struct tm tm;
    if (!local_of(vm, self, &tm)) return asy_error_clear(vm), ASY_NONE;
    return asy_from_small(tm.tm_gmtoff);
}
static Value time_mktime(VM *vm, Args a)
{
    struct tm tm;
    if (!to_tm(vm, a.v[0], &tm)) return ASY_ERR;
    tm.tm_wday = -1;
    time_t t = mktime(&tm);
    if (t == (time_t)-1 && tm.tm_wday == -1) return asy_raise(vm, EXC_OverflowError, "mktime argument out of range");
    return asy_from_double((double)t);
}

static bool time_argument(VM *vm, Value v, struct tm *tm)
{
    if (!asy_is_nil(v)) return to_tm(vm, v, tm) && check_tm(vm, tm);
    time_t t;
    if (!to_time_t(vm, ASY_NIL, &t)) return false;
    return localtime_r(&t, tm) != NULL;
}

static Value time_strftime(VM *vm, Args a)
{
    StrObj *format;
    struct tm tm;
    if (!asy_arg_str(vm, a.v[0], "strftime() argument 1", &format) || !time_argument(vm, a.v[1], &tm)) return ASY_ERR;
    if (!format->size) return asy_retain(a.v[0]);
    // strftime says 0 both for "too small" and for an empty result: a mark in front tells them apart
    size_t room = format->size + 64;
    for (;; room *= 2) {
        char *pattern = asy_mem_alloc(vm, format->size + 2), *out = pattern ? asy_mem_alloc(vm, room) : NULL;
        if (!out) {
            asy_mem_free(vm, pattern, format->size + 2);
            return asy_raise_memory(vm);
        }
        pattern[0] = '+';
        memcpy(pattern + 1, format->data, format->size + 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        size_t n = strftime(out, room, pattern, &tm);
#pragma GCC diagnostic pop
        Value v = ASY_NIL;
        if (n || room > 256 * format->size + 65536) {
            v = n ? asy_value_or_err(asy_str_decode(vm, out + 1, n - 1, "surrogateescape")) : asy_str_value(vm, "");
        }
        asy_mem_free(vm, pattern, format->size + 2);
        asy_mem_free(vm, out, room);
        if (!asy_is_nil(v)) return v;
    }
}

static Value ascii_time(VM *vm, const struct tm *t)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char text[64];
    snprintf(text, sizeof text, "%s %s%3d %02d:%02d:%02d %d", days[t->tm_wday], months[t->tm_mon], t->tm_mday, t->tm_hour,
             t->tm_min, t->tm_sec, 1900 + t->tm_year);
    return asy_str_value(vm, text);
}
static Value time_asctime(VM *vm, Args a)
{
    struct tm tm;
    return time_argument(vm, a.v[0], &tm) ? ascii_time(vm, &tm) : ASY_ERR;
}
static Value time_ctime(VM *vm, Args a)
{
    time_t t;
    struct tm tm;
    if (!to_time_t(vm, a.v[0], &t)) return ASY_ERR;
    if (!localtime_r(&t, &tm)) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return ascii_time(vm, &tm);
}
static Value time_strptime(VM *vm, Args a)
{
    Value f = asy_import_attr(vm, "_strptime", "_strptime_time");
    if (asy_is_err(f)) return ASY_ERR;
    Value r = asy_is_nil(a.v[1]) ? asy_call1(vm, f, a.v[0]) : asy_call2(vm, f, a.v[0], a.v[1]);
    asy_release(vm, f);
    return r;
}

static Value time_get_clock_info(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "get_clock_info() argument 1", &name)) return ASY_ERR;
    bool monotonic = asy_str_is(name, "monotonic") || asy_str_is(name, "perf_counter");
    bool cpu = asy_str_is(name, "process_time") || asy_str_is(name, "thread_time");
    if (!monotonic && !cpu && !asy_str_is(name, "time")) return asy_raise(vm, EXC_ValueError, "unknown clock");
    DictObj *d = asy_dict_new(vm);
    Value r = ASY_ERR;
    if (d && asy_dict_set_c(vm, d, "implementation",
                            asy_str_value(vm, monotonic ? "clock_gettime(CLOCK_MONOTONIC)" : cpu ? "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)"
                                                                                               : "clock_gettime(CLOCK_REALTIME)")) &&
        asy_dict_set_c(vm, d, "monotonic", asy_from_bool(monotonic || cpu)) &&
        asy_dict_set_c(vm, d, "adjustable", asy_from_bool(!monotonic && !cpu)) &&
        asy_dict_set_c(vm, d, "resolution", asy_from_double(1e-09))) {
        r = asy_call_tuple(vm, asy_from_obj(vm->types.simple_namespace), vm->empty_tuple, asy_from_obj(d));
    }
    asy_release_obj(vm, d);
    return r;
}
static Value time_tzset(VM *vm, Args a) { return (void)vm, (void)a, tzset(), ASY_NONE; }

static const MethodDef functions[] = {
    { "time", time_time, "()", 0, "Return the current time in seconds since the Epoch." },
    { "time_ns", time_time_ns, "()", 0, "Return the current time in nanoseconds since the Epoch." },
    { "monotonic", time_monotonic, "()", 0, "Monotonic clock, cannot go backward." },
    { "monotonic_ns", time_monotonic_ns, "()", 0, "Monotonic clock, cannot go backward, as nanoseconds." },
    { "perf_counter", time_monotonic, "()", 0, "Performance counter for benchmarking." },
    { "perf_counter_ns", time_monotonic_ns, "()", 0, "Performance counter for benchmarking as nanoseconds." },
    { "process_time", time_process_time, "()", 0, "Process time for profiling: sum of the kernel and user-space CPU time." },
    { "process_time_ns", time_process_time_ns, "()", 0, "Process time for profiling as nanoseconds." },
    { "thread_time", time_thread_time, "()", 0, "Thread time for profiling." },
    { "thread_time_ns", time_thread_time_ns, "()", 0, "Thread time for profiling as nanoseconds." },
    { "sleep", time_sleep, "(seconds, /)", 0, "Delay execution for a given number of seconds. Blocks the whole thread." },
    { "localtime", time_localtime, "(seconds=None, /)", 0, "Convert seconds since the Epoch to a time tuple expressing local time." },
    { "gmtime", time_gmtime, "(seconds=None, /)", 0, "Convert seconds since the Epoch to a time tuple expressing UTC." },
    { "mktime", time_mktime, "(tuple, /)", 0, "Convert a time tuple in local time to seconds since the Epoch." },
    { "strftime", time_strftime, "(format, tuple=None, /)", 0, "Convert a time tuple to a string according to a format." },
    { "strptime", time_strptime, "(string, format=None, /)", 0, "Parse a string to a time tuple according to a format." },
    { "asctime", time_asctime, "(tuple=None, /)", 0, "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'." },
    { "ctime", time_ctime, "(seconds=None, /)", 0, "Convert a time in seconds since the Epoch to a string in local time." },
    { "get_clock_info", time_get_clock_info, "(name, /)", 0, "Get information of the specified clock." },
    { "tzset", time_tzset, "()", 0, "Look at the TZ variable again." },
    { 0 },
};
static bool time_init(VM *vm, Value m)
{
    tzset();
    Value names = ASY_ERR, first = asy_str_value(vm, tzname[0]), second = asy_str_value(vm, tzname[1]);
    if (!asy_is_err(first) && !asy_is_err(second)) names = asy_tuple_pack(vm, 2, first, second);
    if (!asy_is_err(first)) asy_release(vm, first);
    if (!asy_is_err(second)) asy_release(vm, second);
    return asy_module_add(vm, m, "tzname", names) && asy_module_add(vm, m, "timezone", asy_from_small(timezone)) &&
           asy_module_add(vm, m, "altzone", asy_from_small(daylight ? timezone - 3600 : timezone)) &&
           asy_module_add(vm, m, "daylight", asy_from_small(daylight)) && asy_module_add_type(vm, m, &tm_type) &&
           asy_module_add(vm, m, "_STRUCT_TM_ITEMS", asy_from_small(11)) &&
           asy_module_add(vm, m, "CLOCK_REALTIME", asy_from_small(CLOCK_REALTIME)) &&
           asy_module_add(vm, m, "CLOCK_MONOTONIC", asy_from_small(CLOCK_MONOTONIC));
}
const ModuleDef asy_module_time = { "time", "This module provides various functions to manipulate time values.", functions, time_init };
