/* The counters of instrumented code, compiled (see block_code.py).
 *
 *     hits[7]     increments counter 7, up to 255, and returns True
 *     hits[~7]    sets counter 7 to 1 if it is 0, and returns True
 *
 * `clear` and `is_new` are for the end of each execution (see coverage.py).
 *
 * Optional: without this module Python code does the same.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    PyObject *counters;
    PyObject *stop; /* the exception of a step beyond the limit; NULL without a limit */
    Py_ssize_t most;
    Py_ssize_t steps;
} Hits;

static int
within_limit(Hits *hits)
{
    if (++hits->steps <= hits->most)
        return 1;
    PyErr_SetObject((PyObject *)Py_TYPE(hits->stop), hits->stop);
    return 0;
}

static PyObject *
hits_subscript(Hits *hits, PyObject *key)
{
    Py_ssize_t index = PyLong_AsSsize_t(key);
    Py_ssize_t cell = index < 0 ? ~index : index;
    unsigned char *at;
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (cell >= PyByteArray_GET_SIZE(hits->counters)) {
        PyErr_Format(PyExc_IndexError, "there is no counter %zd", cell);
        return NULL;
    }
    at = (unsigned char *)PyByteArray_AS_STRING(hits->counters) + cell;
    if (index >= 0) {
        if (hits->stop != NULL && !within_limit(hits))
            return NULL;
        *at += *at != 255;
    }
    else if (*at == 0)
        *at = 1;
    return Py_NewRef(Py_True);
}

static PyObject *
hits_clear(Hits *hits, PyObject *Py_UNUSED(nothing))
{
    memset(PyByteArray_AS_STRING(hits->counters), 0, (size_t)PyByteArray_GET_SIZE(hits->counters));
    Py_RETURN_NONE;
}

static int
has_unseen(const unsigned char *counts, const unsigned char *unseen, Py_ssize_t size)
{
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char rounded = counts[i];
        while (rounded & (rounded - 1))
            rounded &= (unsigned char)(rounded - 1);
        if (rounded & unseen[i])
            return 1;
    }
    return 0;
}

static PyObject *
hits_is_new(Hits *hits, PyObject *unseen)
{
    const unsigned char *counts = (unsigned char *)PyByteArray_AS_STRING(hits->counters);
    const unsigned char *bits;
    Py_ssize_t size = PyByteArray_GET_SIZE(hits->counters), at;
    if (!PyBytes_Check(unseen) || PyBytes_GET_SIZE(unseen) != size) {
        PyErr_SetString(PyExc_ValueError, "want as many bytes as there are counters");
        return NULL;
    }
    bits = (unsigned char *)PyBytes_AS_STRING(unseen);
    /* Most counters are zero, so look at eight at a time. */
    for (at = 0; at + 8 <= size; at += 8) {
        uint64_t eight;
        memcpy(&eight, counts + at, 8);
        if (eight != 0 && has_unseen(counts + at, bits + at, 8))
            Py_RETURN_TRUE;
    }
    return PyBool_FromLong(has_unseen(counts + at, bits + at, size - at));
}

static PyObject *
hits_limit(Hits *hits, PyObject *arguments)
{
    PyObject *stop;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(arguments, "nO", &most, &stop))
        return NULL;
    if (!PyExceptionInstance_Check(stop)) {
        PyErr_SetString(PyExc_TypeError, "stop must be an exception");
        return NULL;
    }
    Py_XSETREF(hits->stop, Py_NewRef(stop));
    hits->most = most;
    hits->steps = 0;
    Py_RETURN_NONE;
}

static PyObject *
hits_unlimit(Hits *hits, PyObject *Py_UNUSED(nothing))
{
    Py_CLEAR(hits->stop);
    return PyLong_FromSsize_t(hits->steps);
}

static PyObject *
hits_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    PyObject *counters;
    Hits *hits;
    if (!PyArg_ParseTuple(arguments, "Y", &counters))
        return NULL;
    hits = (Hits *)type->tp_alloc(type, 0);
    if (hits != NULL)
        hits->counters = Py_NewRef(counters);
    return (PyObject *)hits;
}

static void
hits_dealloc(Hits *hits)
{
    PyTypeObject *type = Py_TYPE(hits);
    Py_XDECREF(hits->counters);
    Py_XDECREF(hits->stop);
    type->tp_free((PyObject *)hits);
    Py_DECREF(type);
}

static PyMethodDef hits_methods[] = {
    {"clear", (PyCFunction)hits_clear, METH_NOARGS, "Set all counters to zero."},
    {"is_new", (PyCFunction)hits_is_new, METH_O,
     "Return whether any counter, rounded down to a power of two, has one of these bits."},
    {"limit", (PyCFunction)hits_limit, METH_VARARGS,
     "limit(most, stop): count steps; raise `stop` from each one after the first `most`."},
    {"unlimit", (PyCFunction)hits_unlimit, METH_NOARGS,
     "Remove the limit; return the number of steps since `limit`."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot hits_slots[] = {
    {Py_tp_doc, "Hits(counters): increments the counters of a bytearray, which may grow."},
    {Py_tp_new, hits_new},
    {Py_tp_dealloc, hits_dealloc},
    {Py_tp_methods, hits_methods},
    {Py_mp_subscript, hits_subscript},
    {0, NULL},
};

static PyType_Spec hits_spec = {
    "fuzzengine.instrument._counters.Hits", sizeof(Hits), 0, Py_TPFLAGS_DEFAULT, hits_slots,
};

static int
module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &hits_spec, NULL);
    int added;
    if (type == NULL)
        return -1;
    added = PyModule_AddObjectRef(module, "Hits", type);
    Py_DECREF(type);
    return added;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_counters", NULL, 0, NULL, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__counters(void)
{
    return PyModuleDef_Init(&module);
}
