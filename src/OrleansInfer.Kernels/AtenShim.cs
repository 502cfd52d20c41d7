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

    /// <summary>A tensor [rows, columns] over memory of the caller.</summary>
    public static nint FromBlob(void* data, AtenType type, long rows, long columns)
    {
        Check(TryFromBlob(data, type, rows, columns, out var tensor), "create_tensor_from_blob");
        return tensor;
    }

    /// <summary>A vector over memory of the caller.</summary>
    public static nint FromBlob(void* data, AtenType type, long count)
    {
        var stride = 1L;
        nint tensor;
        Check(CreateTensorFromBlob(data, 1, &count, &stride, 0, Code(type), CpuType(), 0, &tensor), "create_tensor_from_blob");
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

    /// <summary>A copy of a weight [out, in] of signed bytes in the layout of oneDNN's integer linears; 0 when it refuses.</summary>
    public static nint ReorderInt8LinearWeight(nint weight)
    {
        nint argument;
        Check(NewTensorHandle(weight, &argument), "new_tensor_handle");
        var stack = stackalloc ulong[] { (ulong)argument, 0 };
        return CallDispatcher("onednn::qlinear_prepack", "", stack) == 0 ? (nint)stack[0] : 0;
    }

    /// <summary>The address of a tensor's elements, in whatever layout they have.</summary>
    public static nint Data(nint tensor)
    {
        void* data;
        Check(GetDataPtr(tensor, &data), "get_data_ptr");
        return (nint)data;
    }

    /// <summary>x * weightᵀ + bias of x [rows, columns], a new tensor [rows, out]; the bias may be 0.  Does not throw.</summary>
    public static bool TryLinear(void* x, long rows, long columns, nint weight, nint bias, out nint result, out nint data)
    {
        nint output = 0;
        void* address = null;
        (result, data) = (0, 0);
        if (TryFromBlob(x, AtenType.BFloat16, rows, columns, out var input) != 0) return false;
        fixed (byte* none = "none"u8)
        {
            var failed = LinearPointwise(input, weight, bias == 0 ? null : &bias, none, null, 0, null, &output) != 0;
            _ = DeleteTensorObject(input);
            if (failed || GetDataPtr(output, &address) != 0) return false;
        }
        (result, data) = (output, (nint)address);
        return true;
    }

    /// <summary>
    /// scale * (x - zero point) * weightᵀ of unsigned bytes x [rows, columns], a new float tensor [rows, out].  Does not throw.
    /// </summary>
    public static bool TryInt8Linear(
        void* x, long rows, long columns, nint weight, in Int8LinearConstants constants, out nint result, out nint data)
    {
        nint output = 0;
        void* address = null;
        (result, data) = (0, 0);
        if (TryFromBlob(x, AtenType.UInt8, rows, columns, out var input) != 0) return false;
        var outputType = Code(AtenType.Float32);
        fixed (byte* none = "none"u8, empty = "\0"u8)
        {
            var error = QLinearPointwise(
                input, constants.Scale, constants.ZeroPoint, weight, constants.WeightScales, constants.WeightZeroPoints,
                null, 1, 0, &outputType, none, null, 0, empty, &output);
            _ = DeleteTensorObject(input);
            if (error != 0 || GetDataPtr(output, &address) != 0) return false;
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

    static int TryFromBlob(void* data, AtenType type, long rows, long columns, out nint tensor)
    {
        var sizes = stackalloc long[] { rows, columns };
        var strides = stackalloc long[] { columns, 1 };
        nint created = 0;
        var error = CreateTensorFromBlob(data, 2, sizes, strides, 0, Code(type), CpuType(), 0, &created);
        tensor = created;
        return error;
    }

    static int Code(AtenType type) => type switch
    {
        AtenType.BFloat16 => BFloat16Type(),
        AtenType.Float32 => Float32Type(),
        AtenType.Int32 => Int32Type(),
        AtenType.Int8 => Int8Type(),
        _ => UInt8Type(),
    };

    static void Check(int error, string call)
    {
        if (error == 0) return;
        throw new InvalidOperationException($"libtorch's aoti_torch_{call} failed ({error}); its message is on the standard error stream.");
    }

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_bfloat16")]
    private static partial int BFloat16Type();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_float32")]
    private static partial int Float32Type();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_int32")]
    private static partial int Int32Type();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_int8")]
    private static partial int Int8Type();

    [LibraryImport(Library, EntryPoint = "aoti_torch_dtype_uint8")]
    private static partial int UInt8Type();

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

    [LibraryImport(Library, EntryPoint = "aoti_torch_cpu__qlinear_pointwise_tensor")]
    private static partial int QLinearPointwise(
        nint x, nint scale, nint zeroPoint, nint weight, nint weightScales, nint weightZeroPoints, nint* bias,
        double outputScale, long outputZeroPoint, int* outputType, byte* operation, double** scalars, long numScalars, byte* algorithm,
        nint* result);
}
