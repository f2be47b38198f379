/* The random numbers of pcg.py and the byte mutators of byte_mutators.py, compiled.
 *
 * Optional: without this module the Python code is used. Both return the same values and leave the
 * generator in the same states (see tests/fuzzengine/mutation/test_mutate_compiled.py). Comments on
 * the mutators are in byte_mutators.py only.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#define REFUSED (-1)
#define NO_MEMORY (-2)
#define MUTATORS 18
#define LONGEST 0x3fffffff

typedef struct {
    PyObject_HEAD
    uint64_t state;
    uint64_t inc;
    uint8_t *buffer;
    size_t room;
} Generator;

static uint32_t
word(Generator *rng)
{
    uint64_t x = rng->state;
    uint32_t bits = (uint32_t)(x >> 45 ^ x >> 27);
    uint32_t turn = (uint32_t)(x >> 59);
    rng->state = x * 6364136223846793005u + rng->inc;
    return bits >> turn | bits << ((0u - turn) & 31);
}

static uint32_t
intn(Generator *rng, uint32_t n)
{
    uint64_t product = (uint64_t)word(rng) * n;
    if ((uint32_t)product < n) {
        uint32_t threshold = (0u - n) % n;
        while ((uint32_t)product < threshold)
            product = (uint64_t)word(rng) * n;
    }
    return (uint32_t)(product >> 32);
}

static int
coin(Generator *rng)
{
    return !(word(rng) & 1);
}

static uint32_t
choose_length(Generator *rng, uint32_t limit)
{
    uint32_t luck = intn(rng, 100);
    uint32_t most = luck < 90 ? 8 : luck < 99 ? 32 : limit;
    return intn(rng, most < limit ? most : limit) + 1;
}

static int
reserve(Generator *rng, size_t size)
{
    uint8_t *larger;
    if (size <= rng->room)
        return 1;
    larger = PyMem_Realloc(rng->buffer, size + size / 2 + 64);
    if (larger == NULL)
        return 0;
    rng->buffer = larger;
    rng->room = size + size / 2 + 64;
    return 1;
}

static const int32_t INTERESTING[] = {
    -2147483647 - 1, -100663046, -32769, 32768, 65535, 65536, 100663045, 2147483647,
    -32768, -129, 128, 255, 256, 512, 1000, 1024, 4096, 32767,
    -128, -1, 0, 1, 16, 32, 64, 100, 127,
};
static const int32_t *const INTERESTING16 = INTERESTING + 8;
static const int32_t *const INTERESTING8 = INTERESTING + 18;

static uint64_t
load(const uint8_t *at, int width, int little)
{
    uint64_t value = 0;
    int index;
    for (index = 0; index < width; index++)
        value |= (uint64_t)at[index] << 8 * (little ? index : width - 1 - index);
    return value;
}

static void
store(uint8_t *at, int width, int little, uint64_t value)
{
    int index;
    for (index = 0; index < width; index++)
        at[index] = (uint8_t)(value >> 8 * (little ? index : width - 1 - index));
}

static void
two_positions(Generator *rng, uint32_t length, uint32_t *source, uint32_t *target)
{
    *source = intn(rng, length);
    do
        *target = intn(rng, length);
    while (*target == *source);
}

static void
swap(uint8_t *one, uint8_t *other)
{
    uint8_t kept = *one;
    *one = *other;
    *other = kept;
}

static void
swap_ranges(uint8_t *one, uint8_t *other, uint32_t count, uint8_t *scratch)
{
    memcpy(scratch, one, count);
    memcpy(one, other, count);
    memcpy(other, scratch, count);
}

/* Mutate the first `length` bytes of the buffer; return the new length. */
static int64_t
apply(Generator *rng, uint32_t choice, uint32_t length, uint32_t capacity)
{
    static const uint8_t least[MUTATORS] = {2, 0, 2, 2, 1, 1, 2, 1, 2, 4, 8, 1, 2, 4, 2, 2, 2, 2};
    uint8_t *buffer = rng->buffer;
    uint32_t at, target, count, last;
    uint64_t amount;
    int width, little;

    if (length < least[choice])
        return REFUSED;
    switch (choice) {
    case 0: /* remove bytes */
        at = intn(rng, length);
        count = choose_length(rng, length - at);
        memmove(buffer + at, buffer + at + count, length - at - count);
        return length - count;
    case 1: /* insert random bytes */
    case 14: /* insert a constant */
        at = intn(rng, choice == 1 ? length + 1 : length);
        count = choose_length(rng, choice == 1 ? 1024 : 4096);
        if (length + count >= capacity)
            return REFUSED;
        if (!reserve(rng, length + count))
            return NO_MEMORY;
        buffer = rng->buffer;
        memmove(buffer + at + count, buffer + at, length - at);
        if (choice == 14)
            memset(buffer + at, (int)(word(rng) >> 24), count);
        else
            for (target = at; target < at + count; target++)
                buffer[target] = (uint8_t)(word(rng) >> 24);
        return length + count;
    case 2: /* duplicate */
        two_positions(rng, length, &at, &target);
        count = choose_length(rng, length - at);
        if (length + 2 * count >= capacity)
            return REFUSED;
        if (!reserve(rng, length + 2 * (size_t)count))
            return NO_MEMORY;
        buffer = rng->buffer;
        memcpy(buffer + length + count, buffer + at, count);
        memmove(buffer + target + count, buffer + target, length - target);
        memcpy(buffer + target, buffer + length + count, count);
        return length + count;
    case 3: /* overwrite */
        two_positions(rng, length, &at, &target);
        count = choose_length(rng, length - at - 1);
        if (count > length - target)
            count = length - target;
        memmove(buffer + target, buffer + at, count);
        return length;
    case 4: /* flip a bit */
        at = intn(rng, length);
        buffer[at] ^= (uint8_t)(1u << (word(rng) >> 29));
        return length;
    case 5: /* xor a byte */
        at = intn(rng, length);
        buffer[at] ^= (uint8_t)(1 + intn(rng, 255));
        return length;
    case 6: /* swap two bytes */
        two_positions(rng, length, &at, &target);
        swap(buffer + at, buffer + target);
        return length;
    case 7: /* arithmetic on a byte */
        at = intn(rng, length);
        count = intn(rng, 35) + 1;
        buffer[at] = (uint8_t)(coin(rng) ? buffer[at] + count : buffer[at] - count);
        return length;
    case 8: /* on 2, 4, 8 bytes */
    case 9:
    case 10:
        width = 1 << (choice - 7);
        amount = intn(rng, 35) + 1;
        if (coin(rng))
            amount = 0 - amount;
        at = intn(rng, length - (uint32_t)width + 1);
        little = coin(rng);
        store(buffer + at, width, little, load(buffer + at, width, little) + amount);
        return length;
    case 11: /* interesting values of 1, 2, 4 bytes */
        at = intn(rng, length);
        buffer[at] = (uint8_t)INTERESTING8[intn(rng, 9)];
        return length;
    case 12:
        at = intn(rng, length - 1);
        amount = (uint64_t)(int64_t)INTERESTING16[intn(rng, 19)];
        store(buffer + at, 2, coin(rng), amount);
        return length;
    case 13:
        at = intn(rng, length - 3);
        amount = (uint64_t)(int64_t)INTERESTING[intn(rng, 27)];
        store(buffer + at, 4, coin(rng), amount);
        return length;
    case 15: /* overwrite with a constant */
        at = intn(rng, length);
        count = choose_length(rng, length - at);
        memset(buffer + at, (int)(word(rng) >> 24), count);
        return length;
    case 16: /* shuffle */
        at = intn(rng, length);
        count = choose_length(rng, length - at);
        if (count <= 2)
            return REFUSED;
        for (last = count - 1; last > 0; last--)
            swap(buffer + at + last, buffer + at + intn(rng, last + 1));
        return length;
    default: /* swap two ranges */
        two_positions(rng, length, &at, &target);
        last = at < target ? target : at;
        at = at < target ? at : target;
        count = choose_length(rng, length - last - 1);
        if (at + count >= last || length + count >= capacity)
            return REFUSED;
        if (!reserve(rng, length + (size_t)count))
            return NO_MEMORY;
        buffer = rng->buffer;
        swap_ranges(buffer + at, buffer + last, count, buffer + length);
        return length;
    }
}

static PyObject *
generator_mutate_bytes(Generator *rng, PyObject *const *arguments, Py_ssize_t number)
{
    char *value;
    Py_ssize_t length, capacity;
    int64_t changed;

    if (number != 2) {
        PyErr_SetString(PyExc_TypeError, "mutate_bytes takes a value and a capacity");
        return NULL;
    }
    if (PyBytes_AsStringAndSize(arguments[0], &value, &length) < 0)
        return NULL;
    capacity = PyLong_AsSsize_t(arguments[1]);
    if (capacity == -1 && PyErr_Occurred())
        return NULL;
    if (capacity < 2 || capacity > LONGEST || length > capacity) {
        PyErr_Format(PyExc_ValueError, "cannot mutate bytes of length %zd", length);
        return NULL;
    }
    if (!reserve(rng, (size_t)length + 1))
        return PyErr_NoMemory();
    memcpy(rng->buffer, value, (size_t)length);
    do
        changed = apply(rng, intn(rng, MUTATORS), (uint32_t)length, (uint32_t)capacity);
    while (changed == REFUSED);
    if (changed == NO_MEMORY)
        return PyErr_NoMemory();
    return PyBytes_FromStringAndSize((char *)rng->buffer, (Py_ssize_t)changed);
}

static PyObject *
generator_intn(Generator *rng, PyObject *argument)
{
    int overflow;
    long long n = PyLong_AsLongLongAndOverflow(argument, &overflow);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (overflow || n < 0 || n > 0xffffffffLL) {
        PyErr_Format(PyExc_ValueError, "%S does not fit in 32 bits", argument);
        return NULL;
    }
    return PyLong_FromUnsignedLong(intn(rng, (uint32_t)n));
}

static PyObject *
generator_save(Generator *rng, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("(KK)", (unsigned long long)rng->state, (unsigned long long)rng->inc);
}

static PyObject *
generator_state(Generator *rng, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(rng->state);
}

static PyObject *
generator_inc(Generator *rng, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(rng->inc);
}

static PyObject *
generator_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    unsigned long long state, inc;
    Generator *rng;
    if (!PyArg_ParseTuple(arguments, "KK", &state, &inc))
        return NULL;
    rng = (Generator *)type->tp_alloc(type, 0);
    if (rng != NULL) {
        rng->state = state;
        rng->inc = inc;
    }
    return (PyObject *)rng;
}

static void
generator_dealloc(Generator *rng)
{
    PyTypeObject *type = Py_TYPE(rng);
    PyMem_Free(rng->buffer);
    type->tp_free((PyObject *)rng);
    Py_DECREF(type);
}

static PyMethodDef generator_methods[] = {
    {"intn", (PyCFunction)generator_intn, METH_O, "As PCG.intn of pcg.py."},
    {"save", (PyCFunction)generator_save, METH_NOARGS, "As PCG.save of pcg.py."},
    {"mutate_bytes", (PyCFunction)(void (*)(void))generator_mutate_bytes, METH_FASTCALL,
     "Return the value, mutated by a byte mutator that does not refuse it."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef generator_attributes[] = {
    {"state", (getter)generator_state, NULL, "As PCG.state of pcg.py.", NULL},
    {"inc", (getter)generator_inc, NULL, "As PCG.inc of pcg.py.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot generator_slots[] = {
    {Py_tp_doc, "Generator(state, inc): the compiled PCG, which also mutates bytes."},
    {Py_tp_new, generator_new},
    {Py_tp_dealloc, generator_dealloc},
    {Py_tp_methods, generator_methods},
    {Py_tp_getset, generator_attributes},
    {0, NULL},
};

static PyType_Spec generator_spec = {
    "fuzzengine.mutation._mutate.Generator", sizeof(Generator), 0, Py_TPFLAGS_DEFAULT, generator_slots,
};

static int
module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &generator_spec, NULL);
    int added;
    if (type == NULL)
        return -1;
    added = PyModule_AddObjectRef(module, "Generator", type);
    Py_DECREF(type);
    return added;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_mutate", NULL, 0, NULL, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__mutate(void)
{
    return PyModuleDef_Init(&module);
}
