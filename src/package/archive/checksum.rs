//! CRC-32 of parts that were read apart → CRC-32 of the whole.

/// The polynomial of CRC-32 (ISO 3309), reflected; the highest bit stands for x⁰.
const POLYNOMIAL: u32 = 0xEDB8_8320;
const ONE: u32 = 1 << 31;
const X: u32 = 1 << 30;

/// The checksum of two byte strings, one after the other, from the checksum of each and the length of the second.
pub fn concatenated(first: u32, second: u32, second_bytes: u64) -> u32 {
    multiply(first, x_to_the_bits(second_bytes)) ^ second
}

fn x_to_the_bits(bytes: u64) -> u32 {
    let mut power = (0..3).fold(X, |power, _| multiply(power, power));
    let (mut product, mut left) = (ONE, bytes);
    while left > 0 {
        if left & 1 == 1 {
            product = multiply(product, power);
        }
        power = multiply(power, power);
        left >>= 1;
    }
    product
}

/// The product of two polynomials modulo the CRC's.
fn multiply(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..32).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        b = if b & 1 == 1 { b >> 1 ^ POLYNOMIAL } else { b >> 1 };
    }
    product
}

#[cfg(test)]
mod tests {
    use super::concatenated;
    use libdeflater::crc32;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_checksum_of_the_parts_is_that_of_the_whole(bytes: Vec<u8>, cut: proptest::sample::Index) {
            let (first, second) = bytes.split_at(cut.index(bytes.len() + 1));
            prop_assert_eq!(concatenated(crc32(first), crc32(second), second.len() as u64), crc32(&bytes));
        }
    }
}
