using System.Runtime.InteropServices;
using TorchSharp;

namespace OrleansInfer.Kernels;

/// <summary>
/// The stable C interface of libtorch (torch/csrc/inductor/aoti_torch/c/shim.h): ATen operators that TorchSharp does not expose.
/// Handles are <c>at::Tensor*</c>, owned by whoever received them and given back with <see cref="Delete"/>.
/// </summary>
internal static unsafe partial class AtenShim
{
    const string Library = "torch_cpu";

    static readonly Lazy<bool> loaded = new(Load);

    /// <summary>True when libtorch could be loaded on this machine.</summary>
    public static bool Available => loaded.Value;

    /// <summary>A tensor [rows, columns] of bfloat16 over memory of the caller.</summary>
    public static nint FromBlob(void* data, long rows, long columns)
    {
        var sizes = stackalloc long[] { rows, columns };
        var strides = stackalloc long[] { columns, 1 };
        nint tensor;
        Check(CreateTensorFromBlob(data, 2, sizes, strides, 0, BFloat16Type(), CpuType(), 0, &tensor), "create_tensor_from_blob");
        return tensor;
    }

    /// <summary>A vector of bfloat16 over memory of the caller.</summary>
    public static nint FromBlob(void* data, long count)
    {
        var stride = 1L;
        nint tensor;
        Check(CreateTensorFromBlob(data, 1, &count, &stride, 0, BFloat16Type(), CpuType(), 0, &tensor), "create_tensor_from_blob");
        return tensor;
    }

    /// <summary>
    /// A copy of a weight [out, in] in the blocked layout that oneDNN chooses for about <paramref name="batch"/> rows; 0 when it refuses.
    /// </summary>
    public static nint ReorderLinearWeight(nint weight, long batch)
    {
        // the dispatcher takes ownership of its arguments: a second handle, and the optional's value on the C heap
        nint argument;
        Check(NewTensorHandle(weight, &argument), "new_tensor_handle");
        var value = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *value = (ulong)batch;
        var stack = stackalloc ulong[] { (ulong)argument, (ulong)value };
        return CallDispatcher("mkldnn::_reorder_linear_weight", "", stack) == 0 ? (nint)stack[0] : 0;
    }

    /// <summary>x * weightᵀ + bias of x [rows, columns], a new tensor [rows, out]; the bias may be 0.  Does not throw.</summary>
    public static bool TryLinear(void* x, long rows, long columns, nint weight, nint bias, out nint result, out nint data)
    {
        var sizes = stackalloc long[] { rows, columns };
        var strides = stackalloc long[] { columns, 1 };
        nint input, output = 0;
        void* address = null;
        (result, data) = (0, 0);
        if (CreateTensorFromBlob(x, 2, sizes, strides, 0, BFloat16Type(), CpuType(), 0, &input) != 0) return false;
        fixed (byte* none = "none"u8)
        {
            var failed = LinearPointwise(input, weight, bias == 0 ? null : &bias, none, null, 0, null, &output) != 0;
            _ = DeleteTensorObject(input);
            if (failed || GetDataPtr(output, &address) != 0) return false;
        }
        (result, data) = (output, (nint)address);
        return true;
    }

    public static void Delete(nint tensor)
    {
        if (tensor != 0) Check(DeleteTensorObject(tensor), "delete_tensor_object");
    }

    static bool Load()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU); // TorchSharp finds and loads the libraries; the imports below then bind to them
            return BFloat16Type() >= 0;
        }
        catch (Exception e) when (e is TypeLoadException or TypeInitializationException or NotSupportedException)
        {
            return false;
        }
    }

    static void Check(int error, string call)
    {
        if (error == 0) return;
        throw new InvalidOperationException($"libtorch's aoti_torch_{call} failed ({error}); its message is on the standard error stream.");
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_bfloat16")]
    private static partial int BFloat16Type();

    [LibraryImport(Library, EntryPoint = "aoti_torch_device_type_cpu")]
    private static partial int CpuType();

    [LibraryImport(Library, EntryPoint = "aoti_torch_create_tensor_from_blob")]
    private static partial int CreateTensorFromBlob(
        void* data, long dimensions, long* sizes, long* strides, long offset, int type, int device, int index, nint* result);

    [LibraryImport(Library, EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewTensorHandle(nint tensor, nint* result);

    [LibraryImport(Library, EntryPoint = "aoti_torch_delete_tensor_object")]
    private static partial int DeleteTensorObject(nint tensor);

    [LibraryImport(Library, EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPtr(nint tensor, void** data);

    [LibraryImport(Library, EntryPoint = "aoti_torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string op, string overload, ulong* stack);

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu__linear_pointwise")]
    private static partial int LinearPointwise(
        nint x, nint weight, nint* bias, byte* attribute, double** scalars, long numScalars, byte** algorithm, nint* result);
}
