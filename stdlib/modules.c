// The table of native modules, and the library's part in a VM's beginning and end.
#include "stdlib/modules.h"

#include "stdlib/sys.h"
#include "vm/core/abstract.h"
#include "vm/memory/finalize.h"
#include "vm/objects/dict.h"

const ModuleDef *const asy_native_modules[] = {
#define MODULE(id) &asy_module_##id,
#include "stdlib/modules.def"
    NULL,
};
