using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: modules, functions, launches, occupancy.</summary>
internal static unsafe class ModuleExports
{
    /// <summary>CU_JIT_ERROR_LOG_BUFFER and its size (CUjit_option).</summary>
    private const int ErrorLogBuffer = 5;

    private const int ErrorLogBufferSize = 6;

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadData")]
    public static CudaResult ModuleLoadData(nint* module, byte* image) => Load(module, image, 0, null, null);

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadDataEx")]
    public static CudaResult ModuleLoadDataEx(nint* module, byte* image, uint count, int* options, void** values) =>
        Load(module, image, count, options, values);

    [UnmanagedCallersOnly(EntryPoint = "cuModuleUnload")]
    public static CudaResult ModuleUnload(nint handle) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        var module = d.Handles.Get<Module>(handle);
        d.Scheduler.DrainOwner(module.Context);
        foreach (var variable in module.Variables)
            d.Space.Free(variable);
        d.Handles.Remove(handle);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetFunction")]
    public static CudaResult ModuleGetFunction(nint* function, nint handle, byte* name) => Entry.Run(d =>
    {
        var module = d.Handles.Get<Module>(handle);
        if (!module.Code.Functions.TryGetValue(Entry.Text(name), out var code) || !code.IsEntry)
            return CudaResult.CUDA_ERROR_NOT_FOUND;
        *function = d.Handles.Add(new Function(module, code));
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetGlobal_v2")]
    public static CudaResult ModuleGetGlobal(ulong* address, nuint* bytes, nint handle, byte* name) => Entry.Run(d =>
    {
        if (!d.Handles.Get<Module>(handle).Code.Globals.TryGetValue(Entry.Text(name), out var global))
            return CudaResult.CUDA_ERROR_NOT_FOUND;
        if (address is not null)
            *address = global.Address;
        if (bytes is not null)
            *bytes = (nuint)global.Bytes;
        return CudaResult.CUDA_SUCCESS;
    });

    /// <summary>Attributes: 0 max threads, 1 shared bytes, 2 constant bytes, 3 local bytes, 4 registers, 8 max dynamic shared bytes.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuFuncGetAttribute")]
    public static CudaResult FuncGetAttribute(int* value, int attribute, nint handle) => Entry.Run(d =>
    {
        var function = d.Handles.Get<Function>(handle);
        *value = attribute switch
        {
            0 => function.Code.MaxThreads,
            1 => function.Module.Code.SharedBytes,
            3 => function.Code.LocalBytes,
            4 => function.Code.RegisterCount,
            8 => function.MaxDynamicShared,
            _ => 0,
        };
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncSetAttribute")]
    public static CudaResult FuncSetAttribute(nint handle, int attribute, int value) => Entry.Run(d =>
    {
        var function = d.Handles.Get<Function>(handle);
        if (attribute != 8)
            return CudaResult.CUDA_SUCCESS;
        if (value < 0 || value + function.Module.Code.SharedBytes > Device.SharedPerBlockOptIn)
            return CudaResult.CUDA_ERROR_INVALID_VALUE;
        function.MaxDynamicShared = value;
        return CudaResult.CUDA_SUCCESS;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncSetCacheConfig")]
    public static CudaResult FuncSetCacheConfig(nint handle, int config) => Entry.Run(d => { d.Handles.Get<Function>(handle); });

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchKernel")]
    public static CudaResult LaunchKernel(
        nint handle, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, nint stream, void** parameters,
        void** extra) => Entry.Run(d =>
    {
        var function = d.Handles.Get<Function>(handle);
        MockDriver.Check(d.Current());
        d.Launch(function, new Extent(gridX, gridY, gridZ), new Extent(blockX, blockY, blockZ), (int)shared, d.Stream(stream),
            Parameters(function, parameters, extra));
    });

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    public static CudaResult OccupancyMaxActiveBlocks(int* blocks, nint handle, int blockSize, nuint dynamicShared) => Entry.Run(d =>
    {
        d.Handles.Get<Function>(handle);
        *blocks = Math.Clamp(2048 / Math.Max(blockSize, 1), 1, 32);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxPotentialBlockSize")]
    public static CudaResult OccupancyMaxPotentialBlockSize(
        int* minGrid, int* blockSize, nint handle, nint sizeOf, nuint dynamicShared, int limit) => Entry.Run(d =>
    {
        d.Handles.Get<Function>(handle);
        *blockSize = limit is > 0 and < 256 ? limit : 256;
        *minGrid = Device.Multiprocessors * 8;
    });

    private static CudaResult Load(nint* module, byte* image, uint count, int* options, void** values) => Entry.Run(d =>
    {
        d.Captures.Forbid();
        try
        {
            *module = d.Handles.Add(d.LoadModule(d.Current(), Entry.Text(image)));
            return CudaResult.CUDA_SUCCESS;
        }
        catch (PtxException e)
        {
            byte* log = null;
            int size = 0;
            for (uint k = 0; k < count; k++)
            {
                if (options[k] == ErrorLogBuffer)
                    log = (byte*)values[k];
                else if (options[k] == ErrorLogBufferSize)
                    size = (int)(nint)values[k];
            }
            Entry.Write(e.Message, log, size);
            d.Reports.Add(new Reports.Report(Reports.ReportKind.Misuse, e.Message, null));
            return CudaResult.CUDA_ERROR_INVALID_PTX;
        }
    });

    /// <summary>Arguments as an array of pointers, or as one buffer in "extra": {1, buffer, 2, size, 0}.</summary>
    private static byte[] Parameters(Function function, void** parameters, void** extra)
    {
        byte[] bytes = new byte[function.Code.KernelParamBytes];
        if (parameters is not null)
        {
            for (int k = 0; k < function.Code.KernelParams.Length; k++)
            {
                var (offset, size) = function.Code.KernelParams[k];
                new Span<byte>(parameters[k], size).CopyTo(bytes.AsSpan(offset));
            }
            return bytes;
        }
        if (extra is null)
            return bytes.Length == 0 ? bytes : throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        byte* buffer = null;
        nuint length = 0;
        for (int k = 0; extra[k] is not null; k += 2)
        {
            if ((nint)extra[k] == 1)
                buffer = (byte*)extra[k + 1];
            else if ((nint)extra[k] == 2)
                length = *(nuint*)extra[k + 1];
        }
        if (buffer is null || length < (nuint)bytes.Length)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        new Span<byte>(buffer, bytes.Length).CopyTo(bytes);
        return bytes;
    }
}
