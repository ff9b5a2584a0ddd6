using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

/// <summary>Elements that are made when they are looked at.</summary>
public sealed class TensorDataTests
{
    [Fact]
    public void Deferred_elements_are_made_once_and_equal_given_ones()
    {
        int made = 0;
        var deferred = new TensorData(DType.F32, [2, 2], () =>
        {
            made++;
            return TensorData.Floats([4], 1, 2, 3, 4).Bytes;
        });
        var turned = deferred.Reshaped([4]);
        Assert.Equal(4, deferred.Count);
        Assert.Equal(0, made);
        Assert.True(deferred.SameAs(TensorData.Floats([2, 2], 1, 2, 3, 4)));
        Assert.Equal(4, turned.DoubleAt(3));
        Assert.Equal(1, made);
    }

    [Fact]
    public void A_wrong_number_of_deferred_bytes_is_refused() =>
        Assert.Throws<ArgumentException>(() => new TensorData(DType.F32, [2], () => new byte[4]).Bytes);
}
