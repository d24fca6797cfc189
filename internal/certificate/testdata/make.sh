#!/bin/sh
# Made the files of this directory, once, with OpenSSL 3.0, keytool of OpenJDK
# 17 and puttygen 0.78. They hold keys for tests and nothing else. The password
# is "canary-pässwörd"; where a tool takes ASCII alone, "canary-password".
set -e
pass='canary-pässwörd'
ascii='canary-password'

# An authority, an RSA and an EC key with certificates of it, valid from 2020 to
# 2120, since clocks of tests show all sorts of times.
mkdir ca && touch ca/index
cat >ca/conf <<'END'
[ca]
default_ca = ca
[ca]
database = ca/index
new_certs_dir = ca
rand_serial = yes
default_md = sha256
policy = any
email_in_dn = yes
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional
[authority]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[client]
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
END
sign() { openssl ca -batch -notext -config ca/conf -startdate 20200101000000Z -enddate 21200101000000Z -keyfile ca.key "$@"; }
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -new -key ca.key -subj '/C=GB/O=Example, Inc./CN=Test Authority' | sign -selfsign -extensions authority -in /dev/stdin -out ca.crt
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pkcs8.pem
openssl req -new -key rsa.pkcs8.pem -subj '/C=GB/ST=Kent/L=Dover/O=Example, Inc./OU=ERP/CN=rsa.example.com/emailAddress=erp@example.com' |
	sign -cert ca.crt -extensions client -in /dev/stdin -out rsa.crt
openssl ecparam -name prime256v1 -genkey -noout -out ec.sec1.pem
openssl req -new -key ec.sec1.pem -subj '/C=GB/O=Example, Inc./CN=ec.example.com' |
	sign -cert ca.crt -extensions client -in /dev/stdin -out ec.crt
rm -r ca

# PEM in each form of a key.
openssl rsa -in rsa.pkcs8.pem -traditional -out rsa.pkcs1.pem
openssl rsa -in rsa.pkcs8.pem -traditional -aes128 -passout "pass:$pass" -out rsa.legacy.pem
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -v2 aes-256-cbc -passout "pass:$pass" -out rsa.pbes2.pem
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -v2 des3 -v2prf hmacWithSHA1 -passout "pass:$pass" -out rsa.des3.pem
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -scrypt -passout "pass:$pass" -out rsa.scrypt.pem
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -v1 PBE-SHA1-3DES -passout "pass:$pass" -out rsa.pbes1.pem
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -nocrypt -outform DER -out rsa.pkcs8.der
openssl pkcs8 -topk8 -in ec.sec1.pem -nocrypt -out ec.pkcs8.pem
openssl rsa -in rsa.pkcs8.pem -pubout -out rsa.public.pem
cat ca.crt rsa.crt rsa.pbes2.pem >rsa.chain.pem

# PKCS #12: today's algorithms, those of Windows before 2019, no password, no key.
openssl pkcs12 -export -inkey rsa.pkcs8.pem -in rsa.crt -certfile ca.crt -passout "pass:$pass" -out rsa.pfx
openssl pkcs12 -export -legacy -inkey rsa.pkcs8.pem -in rsa.crt -certfile ca.crt -passout "pass:$pass" -out rsa.legacy.pfx
openssl pkcs12 -export -inkey ec.sec1.pem -in ec.crt -certfile ca.crt -passout pass: -out ec.nopassword.pfx
openssl pkcs12 -export -nokeys -in rsa.crt -passout "pass:$pass" -out certificate.pfx
openssl pkcs12 -export -nocerts -inkey rsa.pkcs8.pem -passout "pass:$pass" -out key.pfx
openssl crl2pkcs7 -nocrl -certfile rsa.crt -outform DER -out rsa.p7b

# Java key stores: two keys in each.
openssl pkcs12 -export -inkey rsa.pkcs8.pem -in rsa.crt -certfile ca.crt -name rsa -passout "pass:$ascii" -out a.p12
openssl pkcs12 -export -inkey ec.sec1.pem -in ec.crt -certfile ca.crt -name ec -passout "pass:$ascii" -out b.p12
for type in JKS PKCS12 JCEKS; do
	for store in a.p12 b.p12; do
		keytool -importkeystore -noprompt -srckeystore $store -srcstoretype PKCS12 -srcstorepass "$ascii" \
			-destkeystore two.$type -deststoretype $type -deststorepass "$ascii"
	done
done
mv two.JKS two.jks && mv two.PKCS12 two.pkcs12.jks && mv two.JCEKS two.jceks.jks
rm a.p12 b.p12

# PuTTY keys.
echo -n "$pass" >pass.txt
puttygen rsa.pkcs1.pem -O private -o rsa.v3.plain.ppk
puttygen rsa.pkcs1.pem -O private -o rsa.v3.ppk --new-passphrase pass.txt --ppk-param memory=1024,passes=2
puttygen rsa.pkcs1.pem -O private -o rsa.v3.argon2i.ppk --new-passphrase pass.txt --ppk-param kdf=argon2i,memory=1024,passes=2
puttygen rsa.pkcs1.pem -O private -o rsa.v3.argon2d.ppk --new-passphrase pass.txt --ppk-param kdf=argon2d,memory=1024,passes=2
puttygen rsa.pkcs1.pem -O private -o rsa.v2.plain.ppk --ppk-param version=2
puttygen rsa.pkcs1.pem -O private -o rsa.v2.ppk --new-passphrase pass.txt --ppk-param version=2
puttygen ec.sec1.pem -O private -o ec.v3.ppk --new-passphrase pass.txt --ppk-param memory=1024,passes=2
puttygen ec.sec1.pem -O private -o ec.v2.plain.ppk --ppk-param version=2
: >empty.txt
puttygen -t ed25519 -O private -o ed25519.ppk -q --new-passphrase empty.txt
puttygen ec.sec1.pem -O private-openssh-new -o ec.openssh.pem
rm pass.txt empty.txt
