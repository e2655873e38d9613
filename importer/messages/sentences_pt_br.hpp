// The sentences in Brazilian Portuguese. For accountants: what is wrong, with the value, and what to do next.
#pragma once

#include "importer/messages/messages.hpp"

namespace clientsync {

/// By code_point_name; the last names every other character.
inline constexpr std::pair<std::string_view, std::string_view> character_names_pt_br[] = {
    {"U+0009", "uma tabulação"},
    {"U+000A", "uma quebra de linha"},
    {"U+000D", "uma quebra de linha"},
    {"U+00A0", "um espaço inseparável"},
    {"U+00AD", "um hífen opcional"},
    {"U+200B", "um espaço de largura zero"},
    {"U+200C", "um separador de largura zero"},
    {"U+200D", "um conector de largura zero"},
    {"U+200E", "uma marca da esquerda para a direita"},
    {"U+200F", "uma marca da direita para a esquerda"},
    {"U+2028", "uma quebra de linha"},
    {"U+2029", "uma quebra de linha"},
    {"U+202A", "uma marca de direção do texto"},
    {"U+202B", "uma marca de direção do texto"},
    {"U+202C", "uma marca de direção do texto"},
    {"U+202D", "uma marca de direção do texto"},
    {"U+202E", "uma marca de direção do texto"},
    {"U+202F", "um espaço inseparável estreito"},
    {"U+2060", "um conector de palavras"},
    {"U+2066", "uma marca de direção do texto"},
    {"U+2067", "uma marca de direção do texto"},
    {"U+2068", "uma marca de direção do texto"},
    {"U+2069", "uma marca de direção do texto"},
    {"U+3000", "um espaço ideográfico"},
    {"U+FEFF", "uma marca de ordem de bytes"},
    {"", "um caractere incomum"},
};

inline constexpr std::pair<Message, std::string_view> sentences_pt_br[] = {
    {Message::file_too_large,
     "O arquivo tem {size}, mais do que os {limit} permitidos. Divida-o em arquivos menores e "
     "coloque-os na pasta."},
    {Message::file_empty_bytes, "O arquivo está vazio. Salve a planilha novamente como CSV e coloque-o na pasta."},
    {Message::file_empty_header,
     "O arquivo não tem linha de cabeçalho. A primeira linha deve trazer as colunas ID da empresa, Nome de exibição e "
     "Número do cliente."},
    {Message::file_unreadable,
     "O serviço não tem permissão para ler este arquivo. Peça ao administrador que libere a leitura, e o arquivo será "
     "importado sem precisar ser enviado de novo."},
    {Message::file_set_aside,
     "O serviço parou {deaths} vezes enquanto trabalhava neste arquivo, por isso ele foi posto de lado e nada dele foi "
     "importado. Avise quem cuida do clientsync e salve o arquivo de novo para uma nova tentativa."},
    {Message::not_csv_spreadsheet,
     "Este arquivo é uma planilha (Excel, LibreOffice ou Numbers), não um CSV. No Excel, use Arquivo > Salvar como > "
     "CSV UTF-8 (delimitado por vírgulas); no LibreOffice, Arquivo > Salvar como > Texto CSV; no Numbers, Arquivo > "
     "Exportar para > CSV. Coloque na pasta o arquivo salvo."},
    {Message::not_csv_old_spreadsheet,
     "Este arquivo é uma planilha do Excel no formato antigo (.xls), não um CSV. No Excel, use Arquivo > Salvar como > "
     "CSV UTF-8 (delimitado por vírgulas) e, no LibreOffice, Arquivo > Salvar como > Texto CSV. Coloque na pasta o "
     "arquivo salvo."},
    {Message::not_csv_word,
     "Este arquivo é um documento de texto (Word ou LibreOffice Writer), não um CSV. Copie a tabela dele para uma "
     "planilha: no Excel, use Arquivo > Salvar como > CSV UTF-8 (delimitado por vírgulas) e, no LibreOffice, Arquivo > "
     "Salvar como > Texto CSV. Coloque na pasta o arquivo salvo."},
    {Message::not_csv_pdf,
     "Este arquivo é um documento PDF, não um CSV. Abra a planilha que deu origem a ele: no Excel, use Arquivo > "
     "Salvar como > CSV UTF-8 (delimitado por vírgulas) e, no LibreOffice, Arquivo > Salvar como > Texto CSV. Coloque "
     "na "
     "pasta o arquivo salvo."},
    {Message::not_csv_html,
     "Este arquivo é uma página da web, não um CSV. Abra-o como planilha: no Excel, use Arquivo > Salvar como > CSV "
     "UTF-8 (delimitado por vírgulas) e, no LibreOffice, Arquivo > Salvar como > Texto CSV. Coloque na pasta o arquivo "
     "salvo."},
    {Message::not_csv_compressed,
     "Este arquivo está compactado ({format}), não é um CSV. Descompacte-o primeiro. Se dentro dele houver uma "
     "planilha: no Excel, use Arquivo > Salvar como > CSV UTF-8 (delimitado por vírgulas) e, no LibreOffice, Arquivo > "
     "Salvar como > Texto CSV. Coloque na pasta o arquivo CSV."},
    {Message::encoding_undefined,
     "Não foi possível ler o texto: na linha {row}, depois de \"{text}\", há algo que não é um caractere de "
     "{encoding}. Salve a planilha novamente como CSV UTF-8 e coloque esse arquivo na pasta."},
    {Message::encoding_nul,
     "Não foi possível ler o texto: na linha {row} há um caractere vazio (NUL), como em arquivos danificados. Salve a "
     "planilha "
     "novamente como CSV UTF-8 e coloque esse arquivo na pasta."},
    {Message::encoding_damaged_utf8,
     "O texto está danificado: o arquivo deveria estar em UTF-8, mas o que vem depois de \"{text}\" na linha {row} não "
     "está. Salve a planilha novamente como CSV UTF-8 e coloque esse arquivo na pasta."},
    {Message::encoding_not_utf8,
     "O texto não está em UTF-8, a única codificação aceita aqui: o primeiro caractere errado vem depois de \"{text}\" "
     "na linha {row}. Salve a planilha novamente como CSV UTF-8 e coloque esse arquivo na pasta."},
    {Message::csv_unterminated_quote,
     "Na linha {row} há aspas que abrem antes de \"{text}\" e não fecham, por isso as linhas seguintes não são "
     "confiáveis. Feche ou apague as aspas e coloque o arquivo na pasta novamente."},
    {Message::csv_text_after_quote,
     "Na linha {row} há texto depois das aspas que fecham a célula \"{text}\", por isso as linhas seguintes não são "
     "confiáveis. Escreva em dobro as aspas de dentro da célula ou salve a planilha novamente como CSV."},
    {Message::header_missing,
     "Falta a coluna \"{header}\"; a linha {row} tem as colunas: {columns}. Dê à coluna certa o nome "
     "\"{header}\", ou inclua essa coluna, e coloque o arquivo na pasta novamente."},
    {Message::header_missing_near,
     "Falta a coluna \"{header}\". Renomeie a coluna \"{found}\" para \"{header}\" e coloque o arquivo na pasta "
     "novamente."},
    {Message::header_missing_hidden,
     "Falta a coluna \"{header}\": o título dela contém {character} na posição {position}. Digite \"{header}\" de novo "
     "nessa célula e coloque o arquivo na pasta novamente."},
    {Message::header_missing_all,
     "Faltam as colunas \"ID da empresa\", \"Nome de exibição\" e \"Número do cliente\"; a linha {row} foi lida como "
     "cabeçalho e tem as colunas: {columns}. Dê exatamente esses nomes às colunas certas, em uma das 20 primeiras "
     "linhas, e coloque o arquivo na pasta novamente."},
    {Message::header_one_column,
     "Todos os dados estão em uma só coluna, que começa com \"{text}\", por isso faltam as colunas \"ID da empresa\", "
     "\"Nome de exibição\" e \"Número do cliente\". No Excel, selecione essa coluna, use Dados > Texto para Colunas, "
     "salve como CSV UTF-8 (delimitado por vírgulas) e coloque esse arquivo na pasta."},
    {Message::header_duplicate,
     "A coluna \"{header}\" aparece mais de uma vez. Mantenha a correta, exclua as demais e coloque o arquivo na pasta "
     "novamente."},
    {Message::too_many_rows,
     "O arquivo tem {rows} linhas, mais do que as {limit} permitidas. Divida-o em arquivos menores e "
     "coloque-os na pasta; o administrador pode fazer isso com `clientsync split`."},
    {Message::too_many_changes,
     "O arquivo alteraria {changes} dos {numbers} números de cliente do escritório, mais do que os {limit}% "
     "permitidos. Confira se as colunas não foram classificadas separadamente ou peça ao administrador que aumente o "
     "limite."},
    {Message::field_count_one,
     "A linha \"{record}\" tem só 1 célula, mas são necessárias {expected}. Digite o ID da empresa, o nome de exibição "
     "e o número do cliente nas células em branco desta linha."},
    {Message::field_count_few,
     "A linha \"{record}\" tem {found} células, mas são necessárias {expected}, e não há como saber quais faltam. "
     "Digite o ID da empresa, o nome de exibição e o número do cliente nas células em branco desta linha."},
    {Message::field_count_many,
     "A linha \"{record}\" tem {found} células, mas o cabeçalho tem {expected}, e elas podem estar nas colunas "
     "erradas. Digite o ID da empresa, o nome de exibição e o número do cliente nas células em branco desta linha; a "
     "planilha cuida das vírgulas e dos pontos e vírgulas."},
    {Message::company_id_blank, "O ID da empresa está em branco. Copie-o da exportação original."},
    {Message::company_id_blank_total,
     "O ID da empresa está em branco. Se a linha for de um cliente, copie o ID da exportação original; exclua esta "
     "linha "
     "se for um total."},
    {Message::company_id_reformatted,
     "A planilha mudou o ID da empresa para {value}, e os últimos dígitos se perderam. Formate a coluna como Texto "
     "antes de abrir ou colar os dados, ou copie o ID da exportação original."},
    {Message::company_id_reformatted_total,
     "O ID da empresa {value} foi mudado pela planilha ou é uma soma. Se a linha for de um cliente, copie o ID da "
     "exportação original; exclua esta linha se for um total."},
    {Message::company_id_reformatted_fits,
     "A planilha mudou o ID da empresa para {value}. Provavelmente o correto é {id}, de \"{name}\": formate a "
     "coluna como Texto e digite esse ID."},
    {Message::company_id_reformatted_other_name,
     "A planilha mudou o ID da empresa para {value}. Pelos dígitos, seria {id}, mas o nome desse cliente é "
     "\"{name}\". Digite esse ID e esse nome ou copie o ID certo da exportação original."},
    {Message::company_id_invalid_digits,
     "O ID da empresa \"{value}\" deve ter de 1 a 19 dígitos e nada mais. Copie-o da exportação original."},
    {Message::company_id_invalid_text,
     "O ID da empresa \"{value}\" deve ter de 1 a 64 caracteres visíveis. Copie-o da exportação original."},
    {Message::company_id_invalid_total,
     "O ID da empresa \"{value}\" não tem de 1 a 19 dígitos. Se a linha for de um cliente, copie o ID da exportação "
     "original; exclua esta linha se for um total."},
    {Message::company_id_invalid_swapped,
     "As colunas parecem trocadas: \"{value}\" está na coluna do ID da empresa, e {id}, o ID da empresa de \"{name}\", "
     "está em outra. Ponha cada valor sob o seu cabeçalho."},
    {Message::company_id_mismatch,
     "O ID da empresa {value} não é o da coluna Ref, que indica {id}. Digite {id} ou, se {value} estiver certo, apague "
     "o conteúdo de Ref."},
    {Message::company_id_unknown,
     "Nenhum cliente tem o ID da empresa {value}. Corrija o ID ou peça antes a inclusão do cliente no cadastro."},
    {Message::company_id_unknown_swapped,
     "As colunas parecem trocadas: \"{value}\" está na coluna do ID da empresa, e {id}, o ID da empresa de \"{name}\", "
     "está em outra. Ponha cada valor sob o seu cabeçalho."},
    {Message::client_exists,
     "O cadastro já tem um cliente com o ID da empresa {id}: \"{name}\". Altere esse cliente ou corrija o ID."},
    {Message::client_active,
     "\"{name}\" (ID da empresa {id}) está ativo, e só clientes inativos podem ser excluídos. Inative antes o "
     "cliente."},
    {Message::display_name_blank, "O nome de exibição está em branco. Digite o nome de exibição do cliente."},
    {Message::display_name_control,
     "O nome de exibição \"{value}\" contém {character} na posição {position}. Apague o nome e digite-o novamente."},
    {Message::display_name_too_long,
     "O nome de exibição tem {length} caracteres, mais do que os {limit} permitidos. Abrevie-o."},
    {Message::display_name_changed,
     "O nome de exibição \"{value}\" difere do que consta no cadastro, \"{name}\". Confira se o ID da empresa está "
     "certo e digite o nome do cadastro."},
    {Message::display_name_changed_blank, "O nome de exibição está em branco. Digite o nome do cadastro, \"{name}\"."},
    {Message::display_name_changed_accents,
     "Os acentos do nome de exibição \"{value}\" se perderam quando o arquivo foi salvo; no cadastro consta "
     "\"{name}\". "
     "Salve a planilha original como CSV UTF-8 e coloque esse arquivo na pasta, ou digite o nome do cadastro."},
    {Message::display_name_changed_swapped,
     "As colunas parecem trocadas: \"{value}\" está na coluna do nome de exibição, e o nome do cliente, \"{number}\", "
     "na "
     "do número do cliente. Ponha cada valor sob o seu cabeçalho."},
    {Message::client_number_blank, "O número do cliente está em branco. Digite-o ou exclua a linha."},
    {Message::client_number_formula,
     "O número do cliente {value} é uma fórmula. Substitua-a pelo resultado: copie a célula e use Colar especial > "
     "Valores."},
    {Message::client_number_spreadsheet_error,
     "O número do cliente é um erro da planilha, {value}. Corrija a fórmula, alargue a coluna ou digite o número."},
    {Message::client_number_reformatted,
     "{value} é o que uma planilha faz do número atual do cliente, {number}. Formate a coluna como Texto e digite o "
     "número novamente."},
    {Message::client_number_scientific,
     "A planilha transformou o número do cliente em notação científica, {value}. Formate a coluna como Texto e digite "
     "o número novamente."},
    {Message::client_number_date,
     "O número do cliente {value} é uma data em que a planilha transformou um número. Formate a coluna como Texto e "
     "digite o número novamente."},
    {Message::client_number_zeros_lost,
     "O número do cliente {value} perdeu os zeros à esquerda do número atual, {number}. Formate a coluna como Texto e "
     "digite o número com os zeros."},
    {Message::client_number_zeros_lost_other,
     "O número do cliente {value} é {number} sem os zeros à esquerda, e esse já é de \"{name}\". Confira o número e "
     "formate a coluna como Texto para manter os zeros."},
    {Message::client_number_too_long,
     "O número do cliente \"{value}\" tem {length} caracteres, mais do que os {limit} permitidos. Abrevie-o."},
    {Message::client_number_hidden,
     "O número do cliente \"{value}\" contém {character} na posição {position}. Apague o número e digite-o novamente, "
     "sem esse caractere."},
    {Message::type_control,
     "O tipo \"{value}\" contém {character} na posição {position}. Apague o tipo e digite-o novamente."},
    {Message::type_too_long, "O tipo tem {length} caracteres, mais do que os {limit} permitidos. Abrevie-o."},
    {Message::lead_control,
     "O contador responsável \"{value}\" contém {character} na posição {position}. Apague o nome e digite-o "
     "novamente."},
    {Message::lead_too_long,
     "O nome do contador responsável tem {length} caracteres, mais do que os {limit} permitidos. Abrevie-o."},
    {Message::status_invalid, "\"{value}\" não é uma situação. Digite ativo ou inativo."},
    {Message::superseded_number,
     "Esta lista já foi importada ({file}, {date}). Depois disso, o lançamento {entry} ({entry_file}, {entry_date}) "
     "deu "
     "ao cliente o número {number}; portanto {value} está desatualizado. Se {value} voltou a ser o certo, apague o "
     "conteúdo da célula Código do erro desta linha do relatório e salve-o; senão, exclua a linha."},
    {Message::superseded_name,
     "Esta lista já foi importada ({file}, {date}). Depois disso, o lançamento {entry} ({entry_file}, {entry_date}) "
     "deu "
     "ao cliente o nome \"{name}\"; portanto \"{value}\" está desatualizado. Se \"{value}\" voltou a ser o certo, "
     "apague o conteúdo da célula Código do erro desta linha do relatório e salve-o; senão, exclua a linha."},
    {Message::superseded_deleted,
     "Esta lista já foi importada ({file}, {date}). Depois disso, o lançamento {entry} ({entry_file}, {entry_date}) "
     "excluiu o cliente {value}, e esta linha o traria de volta. Se ele deve voltar, apague o conteúdo da célula "
     "Código "
     "do erro desta linha do relatório e salve-o; senão, exclua a linha."},
    {Message::superseded_adopted,
     "Esta lista conta como concluída desde que a pasta foi assumida ({file}, {date}); portanto {value} está "
     "desatualizado, e o número do cliente é {number}. Se {value} é o certo, apague o conteúdo da célula Código do "
     "erro "
     "desta linha do relatório e salve-o; senão, exclua a linha."},
    {Message::superseded_line,
     "Esta linha é anterior ao lançamento {entry} ({entry_file}, {entry_date}), que deu ao cliente o número {number}. "
     "Se "
     "{value} é o certo, apague o conteúdo da célula Código do erro desta linha do relatório e salve-o; senão, exclua "
     "a "
     "linha."},
    {Message::superseded_line_name,
     "Esta linha é anterior ao lançamento {entry} ({entry_file}, {entry_date}), que deu ao cliente o nome \"{name}\". "
     "Se "
     "\"{value}\" é o certo, apague o conteúdo da célula Código do erro desta linha do relatório e salve-o; senão, "
     "exclua "
     "a linha."},
    {Message::company_id_duplicate,
     "O ID da empresa {value} também aparece em outras linhas, com valores diferentes (linhas: {rows}). Mantenha a "
     "linha correta e exclua as demais."},
    {Message::register_full,
     "Clientes novos neste arquivo: {created}; lugares livres no cadastro: {places} (no máximo {limit} clientes ao "
     "todo). Retire alguns do arquivo ou peça ao administrador que abra espaço."},
    {Message::register_full_undo,
     "Clientes a restaurar: {created}; lugares livres no cadastro: {places} (no máximo {limit} clientes ao todo). "
     "Exclua antes outros clientes ou peça ao administrador que abra espaço."},
    {Message::client_number_duplicate,
     "Outras linhas dão o número do cliente {value} a outros clientes (linhas: {rows}). Dê a cada cliente um número "
     "próprio."},
    {Message::client_number_taken,
     "O número do cliente {value} já pertence a \"{name}\" (ID da empresa {id}). Escolha outro número ou altere antes "
     "o daquele cliente."},
    {Message::client_number_taken_row,
     "O número do cliente {value} ainda é de \"{name}\" (ID da empresa {id}), cuja própria linha neste arquivo tem "
     "erro: "
     "linha {row}. Corrija primeiro a linha {row}."},
    {Message::client_number_taken_undo,
     "O número do cliente {value} não pode ser restaurado, porque pertence a \"{name}\" (ID da empresa {id}). Altere "
     "antes o número desse cliente."},
    {Message::not_applied,
     "Esta linha está certa, mas nada foi importado porque outras não estão. Corrija-as e coloque o arquivo na pasta "
     "novamente."},
    {Message::not_applied_edit,
     "Esta alteração está certa, mas nada foi alterado porque outras não estão. Corrija-as e tente novamente."},
};

}  // namespace clientsync
